"""Receptor reserve from curves before and after part of the receptors is inactivated."""
