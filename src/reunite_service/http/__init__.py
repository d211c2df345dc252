"""How requests reach the WSGI application, on granian's asynchronous interface.

granian reads and writes on its own threads, in Rust. So a silent or slow client keeps none of ours:
a request is given to a thread when its body is there. The modules, in the order of a request:
``worker`` (a process that listens), ``scheduler`` (which thread a request is for), ``bodies`` (a
deadline and a least rate), ``threads`` (who waits for a lock, and where), ``parking`` (long polls)
and ``wsgi`` (the application is called, and its answer sent). Why:
docs/decisions/0023-bodies-before-threads.md.
"""
