"""What is wrong with a query, said where it is found out."""


class Complaint(Exception):  # noqa: N818  # it never leaves the reading of a query, which makes an error of it
    """Something that cannot stand where it does.

    Args:
        offset: in characters, from the beginning of what was being read.
        text: what is wrong, and what is allowed.

    """

    def __init__(self, offset: int, text: str) -> None:
        super().__init__(text)
        self.offset = offset
        self.text = text
