# A learner's server: the course, labkit, and what JupyterHub starts in it. For Zero to JupyterHub and
# for `docker run -p 8888:8888 IMAGE`, which is `labkit lab` in a container.
FROM python:3.12-slim-bookworm

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    LABKIT_CLASS_COURSE=/opt/labkit HOME=/home/learner \
    LABKIT_COURSE_DIR=/home/learner/course LABKIT_STATE_DIR=/home/learner/state

WORKDIR /opt/labkit
COPY requirements.lock pyproject.toml README.md LICENSE ./
# The hub and its servers want the same major version; JUPYTERHUB follows the hub of the chart.
ARG JUPYTERHUB=5.5.0
RUN pip install --no-deps --requirement requirements.lock \
 && pip install "jupyterhub==${JUPYTERHUB}"
COPY labkit labkit
COPY lessons lessons
COPY notebooks notebooks
COPY docs docs
RUN pip install --no-deps --no-build-isolation flit-core==3.12.0 \
 && pip install --no-deps --no-build-isolation --editable . \
 && python -m compileall -q labkit \
 && useradd --create-home --home-dir /home/learner --uid 1000 learner
USER learner
WORKDIR /home/learner
EXPOSE 8888
# Zero to JupyterHub replaces this by `cmd` in deploy/kubernetes/values.yaml.
CMD ["labkit", "lab", "--no-browser", "--ip=0.0.0.0", "--port=8888"]
