/** What every page has: the keyboard's way to the search, its suggestions, and evidence that closes again. */

import "../site/keyboard";
import "../site/suggest";
