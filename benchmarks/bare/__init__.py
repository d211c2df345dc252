"""The same rule without Django REST framework: what the contract of its view costs."""
