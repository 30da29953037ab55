"""The methods of a paper, written from what was actually done: a step that was not done is not told."""

from ephys.report.methods.telling import METHODS, methods_text, write_methods
from ephys.report.methods.text import MethodsText

__all__ = ["METHODS", "MethodsText", "methods_text", "write_methods"]
