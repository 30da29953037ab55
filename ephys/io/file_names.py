"""Names that every file system takes."""


def file_name(text: str) -> str:
    """Name as a file or folder may have it on every system.

    >>> file_name("rat07 0-1800 s"), file_name("a/b: 3")
    ('rat07 0-1800 s', 'a_b_ 3')
    """
    return "".join("_" if sign in '<>:"/\\\\|?*' or ord(sign) < 32 else sign for sign in text).rstrip(". ") or "_"
