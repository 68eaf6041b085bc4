"""The class view: a JupyterHub service, one page, live; it runs beside the hub, as its own program.

Learners' servers send events with the token that the hub gave them; instructors come with the hub's
OAuth. Nothing leaves the hub's host.
"""
