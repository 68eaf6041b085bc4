"""A class: one hub on one host, a room for each learner, one view for the instructor.

JupyterHub and its proxy do the work. What is labkit's own: invitation links, rooms that keep
learners apart, and what the instructor sees. Needs the extra ``labkit[class]`` and the npm package
``configurable-http-proxy``.
"""
