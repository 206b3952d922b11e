def check(text, graphs=None): pass
