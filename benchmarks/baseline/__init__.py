"""The straightforward version: Django REST framework and the ORM, as a good tutorial has it.

The project is what ``startproject`` writes, without debugging; it is measured as it is, and again
with kept connections. It does less than Reunite: values are compared as they are given, nothing is
remembered but the contact, and two requests at the same time may go wrong.
"""
