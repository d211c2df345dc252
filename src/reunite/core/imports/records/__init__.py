"""Records of files in text, read one by one: a bad one is refused alone, never its neighbours.

Pure: bytes or text in, values out. The engine of one machine and the cluster read by these modules,
so that both read the same.
"""
