"""The simulator: a labelled stream of posts and decisions that no real person wrote.

It reads top to bottom: a ``corpus`` of texts, ``places`` where things happen at a ``rhythm``, ``incidents`` that are the
truth, the ``wording`` that residents find for them, ``sidetalk`` that only sounds alike, ``accounts`` that publish it all,
``faults`` on the way, the ``stream`` that puts everything in order, the ``people`` who answer, and the ``output`` files.
"""
