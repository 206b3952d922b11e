"""What a by-product could yield: cited factors, interval arithmetic, and where knowledge ends."""

from __future__ import annotations
