/** What every page has: the keyboard's way to the search, and evidence that closes again. */

import "../site/keyboard";
