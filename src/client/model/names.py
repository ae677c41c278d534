"""Names that stand for a definition which the server has and the client needs not."""


class Named(str):
    """A name that can also be asked for its ``name``.

    Where daf_butler has an object (a storage class, a dimension element), code asks it
    for its name; here it is the name alone.
    """

    __slots__ = ()

    @property
    def name(self) -> str:
        """The name itself."""
        return str(self)
