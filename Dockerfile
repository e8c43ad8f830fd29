# syntax=docker/dockerfile:1
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY bot bot
COPY cogs cogs
# Such as `offline`, which brings the embedded voice.
ARG EXTRAS=
RUN python -m venv /opt/oriole && /opt/oriole/bin/pip install --no-cache-dir ".${EXTRAS:+[${EXTRAS}]}"

FROM python:3.13-slim
RUN useradd --uid 10001 --create-home --home-dir /data --shell /usr/sbin/nologin oriole
COPY --from=build /opt/oriole /opt/oriole
ENV PATH=/opt/oriole/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data
USER 10001
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["oriole", "health"]
ENTRYPOINT ["oriole"]
CMD ["run"]
