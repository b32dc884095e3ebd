# Targets: api, worker, model. All run as user 10001 and write nothing but what is mounted at /tmp, and model at /models.

FROM python:3.11.14-slim AS source
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/gatepost
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE NOTICE ./
COPY service service
COPY workers workers

FROM source AS build-api
RUN /opt/gatepost/bin/pip install --constraint constraints.txt . \
    && /opt/gatepost/bin/pip uninstall --yes pip setuptools

FROM source AS build-worker
RUN /opt/gatepost/bin/pip install --constraint constraints.txt '.[onnx]' \
    && /opt/gatepost/bin/pip uninstall --yes pip setuptools

# torch's CPU build suffices: name its index in PIP_EXTRA_INDEX_URL, or CUDA's gigabytes may come along.
FROM source AS build-model
ARG PIP_EXTRA_INDEX_URL=
RUN /opt/gatepost/bin/pip install --constraint constraints.txt '.[detoxify]' \
    && /opt/gatepost/bin/pip uninstall --yes pip

FROM python:3.11.14-slim AS gatepost
RUN groupadd --gid 10001 gatepost \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin gatepost \
    && install --directory --owner 10001 --group 10001 /models
ENV PATH=/opt/gatepost/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /
USER 10001:10001
STOPSIGNAL SIGTERM

FROM gatepost AS worker
COPY --from=build-worker /opt/gatepost /opt/gatepost
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
    CMD ["gatepost", "health", "worker"]
ENTRYPOINT ["python", "-m", "workers"]

FROM gatepost AS model
COPY --from=build-model /opt/gatepost /opt/gatepost
ENV HF_HOME=/tmp
ENTRYPOINT ["gatepost", "model", "fetch"]
CMD ["original", "--to", "/models/current"]

FROM gatepost AS api
COPY --from=build-api /opt/gatepost /opt/gatepost
EXPOSE 8000
# Without the shell door, which loads more than a probe every ten seconds should.
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health/live', timeout=5)"]
ENTRYPOINT ["python", "-m", "service.api"]
CMD ["--host", "0.0.0.0", "--port", "8000"]
