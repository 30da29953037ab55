"""What a page carries for those who look closely: spikes and voltage as whole numbers, names as text."""

from ephys.report.closer.carried import Closer, Item
from ephys.report.closer.courses import course_closers
from ephys.report.closer.voltage import voltage_closer
from ephys.report.closer.voltage_plan import VoltagePlan

__all__ = ["Closer", "Item", "VoltagePlan", "course_closers", "voltage_closer"]
