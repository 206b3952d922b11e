"""
Pictures: values in, SVG text out.

`svg` builds elements and measures text, `layered` and `sankey` lay out, the others draw. Nothing here
knows the store, the web or a language: who draws gives names and addresses with the values. Colours
are classes only, so that one style sheet gives a picture its light, dark and printed face.
"""
