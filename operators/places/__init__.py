"""Places that a Russian text names: settlement, district, street, house, stop and route.

A text is read once: into tokens (``tokens``), whose roles a dictionary knows (``vocabulary``), from which a grammar of
addresses takes mentions (``grammar``). What a mention says becomes a normal form, and that a number (``normal``). No list
of streets is needed: what stands around a word, and how it ends, tells that it is the name of one.
"""

from operators.places.extraction import NO_ADDRESSES, Addresses, NamedPlace, addresses_in, named_places
from operators.places.kinds import KINDS

__all__ = ["KINDS", "NO_ADDRESSES", "Addresses", "NamedPlace", "addresses_in", "named_places"]
