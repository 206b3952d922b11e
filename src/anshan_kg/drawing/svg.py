"""
Elements of SVG, and how much room text takes.

A picture on a page may hold neither style nor script of its own, so elements take classes and
presentation attributes, and refuse the rest. Text is measured by estimate: which face draws it is
known to the reader's machine alone, so the estimate is a little wider than the common ones are.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Child: TypeAlias = "str | Iterable[Child] | None"
"""What an element holds: text, which is escaped, elements, nothing, or several of these."""

NAMESPACE = "http://www.w3.org/2000/svg"

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9:-]*")
_WIDTH = re.compile(r' width="([0-9.]+)"')
_FORBIDDEN = re.compile(r"(?i)style|on.*")
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_SHARES = {
    0.29: "ijl.,:;'|!`·", 0.37: 'frt()[]{}/\\"-I ', 0.58: "0123456789", 0.65: "→←↑↓≥≤≈×°±²³–",
    0.92: "mwMW@%&", 1.0: "—…“”‘’",
}  # fmt: skip
"""Width as a share of the size of the type -> characters that are about so wide in common faces."""
_WIDE = (
    "\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6"
    "\U00020000-\U0003fffd"
)
_OPENING = re.escape("（《「『【“‘([{")
_CLOSING = re.escape("、，。；：！？）》」』】”’…·,.;:!?)]}%‰")
_PIECE = re.compile(rf" *[{_OPENING}]*(?:[{_WIDE}]|[^ {_WIDE}]+)[{_CLOSING}]*")
"""What stays together: a word, or a Chinese character, with the space before it and its marks."""
_ELLIPSIS = "…"
_BOLD = 1.15
"""How much wider bold letters are."""


def element(name: str, *children: Child, **attributes: str | float | bool | None) -> Markup:
    """
    Return an element as text that is safe to put into a page.

    Args:
        name: Its name.
        children: Text, which is escaped, elements, or several of these; None is left out.
        attributes: By name, with `_` for `-` and a last `_` dropped (`class_`). None and False are
            left out, True is written as `true`, numbers with two digits at most.

    Raises:
        ValueError: a name is none of XML, or carries style or script of its own.
    """
    if not _NAME.fullmatch(name) or name.lower() in {"script", "style", "foreignobject"}:
        raise ValueError(f"no element is called {name!r} here")
    written = "".join(_attributes(attributes))
    inner = Markup("").join(_text(children))
    end = Markup("></{}>").format(name) if not inner else Markup(">{}</{}>").format(inner, name)
    return Markup("<") + name + Markup(written) + end  # noqa: S704 - every value in it is escaped


def _attributes(attributes: dict[str, str | float | bool | None]) -> Iterator[str]:
    for key, value in attributes.items():
        if value is None or value is False or value == "":
            continue
        name = key.rstrip("_").replace("_", "-")
        if not _NAME.fullmatch(name) or _FORBIDDEN.fullmatch(name):
            raise ValueError(f"an element takes no attribute {name!r} here")
        text = "true" if value is True else number(value) if isinstance(value, int | float) else value
        if name == "href" and re.match(r"(?i)\s*(javascript|data|vbscript):", text):
            raise ValueError(f"{text!r} is no address to link to")
        yield f' {name}="{escape(_NOT_IN_XML.sub("", text))}"'


def _text(children: Iterable[Child]) -> Iterator[Markup]:
    for child in children:
        if child is None:
            continue
        if isinstance(child, Markup):
            yield child
        elif isinstance(child, str):
            yield escape(_NOT_IN_XML.sub("", child))
        else:
            yield from _text(child)


def number(value: float) -> str:
    """Return a coordinate as short as two digits after the point allow."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def picture(
    width: float,
    height: float,
    title: str,
    description: str,
    *children: Child,
    class_: str = "picture",
    name: str = "",
) -> Markup:
    """
    Return a whole picture.

    One without links is an image to a screen reader: its title and description are read and its
    parts are not. One with links is a group, since the links in an image could not be reached.

    Args:
        width, height: Its size, in its own units and, unless a style sheet says otherwise, in pixels.
        title: What it is called.
        description: What it shows, for who cannot see it.
        children: What it is made of.
        class_: Its classes.
        name: What tells it from another picture of the same page with the same content.
    """
    inner = Markup("").join(_text(children))
    seed = f"{name}\0{title}\0{description}\0{inner}"
    digest = hashlib.sha256(seed.encode("utf-8", "replace")).hexdigest()[:10]
    told, said = f"t{digest}", f"d{digest}"
    return element(
        "svg",
        element("title", title, id=told), element("desc", description, id=said), inner,
        xmlns=NAMESPACE, viewBox=f"0 0 {number(width)} {number(height)}", width=width, height=height,
        role="group" if "<a " in inner else "img", aria_labelledby=told, aria_describedby=said, class_=class_,
    )  # fmt: skip


def width_of(drawn: Markup) -> float:
    """Return how wide a picture is."""
    found = _WIDTH.search(drawn)
    return float(found[1]) if found else 0.0


@cache
def _advance(char: str) -> float:
    """Return how wide a character is, as a share of the size of the type."""
    if unicodedata.combining(char) or unicodedata.category(char) in {"Cf", "Cc"}:
        return 0.0
    if unicodedata.east_asian_width(char) in "WF":
        return 1.0
    known = (share for share, chars in _SHARES.items() if char in chars)
    return next(known, 0.7 if char.isupper() else 0.59)


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return about how wide a line of text is at a size of type, rather too wide than too narrow."""
    return sum(map(_advance, text)) * size * (_BOLD if bold else 1)


def wrap(text: str, size: float, width: float, lines: int = 3, *, bold: bool = False) -> list[str]:
    """
    Return text in lines that are no wider than a width.

    Chinese breaks between any two characters, but no line begins with a closing mark or ends with an
    opening one; other scripts break at spaces, and within a word only where it fits no line alone.
    What is left after the last line is cut and marked with an ellipsis.

    Args:
        text: What to break; runs of white space count as one space.
        size: Size of the type.
        width: The widest a line may be.
        lines: How many lines there may be, at least one.
        bold: Whether the type is bold.
    """
    size = size * _BOLD if bold else size
    made: list[str] = []
    line = ""
    pieces = _PIECE.findall(" ".join(text.split()))
    while pieces and len(made) < lines:
        piece = pieces.pop(0) if line else pieces.pop(0).lstrip()
        if text_width(line + piece, size) <= width:
            line += piece
        elif line:
            made.append(line)
            line = ""
            pieces.insert(0, piece)
        else:
            made.append(_head(piece, size, width))
            pieces.insert(0, piece[len(made[-1]) :])
        pieces = pieces if not pieces or pieces[0] else pieces[1:]
    if line:
        made.append(line)
    if pieces:
        made[-1:] = [_cut("".join((made[-1], *pieces)), size, width)]
    return made


def _head(piece: str, size: float, width: float) -> str:
    """Return as much of a piece as fits a line, at least one character."""
    end = 1
    while end < len(piece) and text_width(piece[: end + 1], size) <= width:
        end += 1
    return piece[:end]


def _cut(line: str, size: float, width: float) -> str:
    """Return a line with an ellipsis at its end, shortened so that it fits."""
    while line and text_width(line + _ELLIPSIS, size) > width:
        line = line[:-1]
    return line.rstrip(" ,，、;；") + _ELLIPSIS
