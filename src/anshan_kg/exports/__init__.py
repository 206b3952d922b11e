def names(): return ["nq"]
def load(n): raise NotImplementedError
