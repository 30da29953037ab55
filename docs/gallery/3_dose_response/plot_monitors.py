"""
Slow signals of a session
=========================

Blood pressure, respiration, EEG or temperature on the session's clock, each with its unit as the file has it. A signal
of more values than the print has dots is drawn from its smallest to its largest value in each dot's width, so that no
extreme is lost; a line that is open was not recorded there. Dotted lines stand where something was given.
"""

import numpy as np

import ephys

# %%
# A simulated session, and two signals beside it: a pressure that a drug lowers, with a line that was flushed for half a
# minute, and a temperature.
session = ephys.simulate_session(0, with_voltage=False).session
first_s = next(given.start_s for given in session.protocol.administrations if given.drug == "ipsapirone")
clock_s = np.arange(0.0, session.support.stop_s, 0.02)
fall = 15.0 * (1.0 - np.exp(-np.maximum(clock_s - first_s, 0.0) / 120.0))
pressure = 100.0 + 10.0 * np.sin(2.0 * np.pi * 6.0 * clock_s) - fall
pressure[(clock_s >= 100.0) & (clock_s < 130.0)] = np.nan
monitors = [
    ephys.Monitor("arterial", pressure, 50.0, unit="mmHg"),
    ephys.Monitor("rectal", 37.0 + 0.1 * np.sin(clock_s[::50] / 100.0), 1.0, unit="°C"),
]
ephys.plot_monitors(monitors, protocol=session.protocol)

# %%
# A few seconds of it: every beat.
ephys.plot_monitors(monitors[:1], within=ephys.Epoch(300.0, 303.0), time_bar=True, width_mm=85.0)
