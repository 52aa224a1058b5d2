# The same program as `uv run app.py`, with the web UI built in. Data lives in /data (a volume).
FROM node:22-slim AS web
WORKDIR /src/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci
COPY frontend/ ./
RUN npm run build

FROM python:3.12-slim
RUN pip install --no-cache-dir uv && useradd --uid 1000 --create-home openalgo && mkdir /data && chown openalgo /data
WORKDIR /app
COPY pyproject.toml ./
# No lock file in the tree: pyproject.toml pins direct and transitive versions.
RUN uv sync --no-cache --compile-bytecode --extra postgres --extra redis && chown -R openalgo /app
COPY --chown=openalgo . .
COPY --from=web --chown=openalgo /src/frontend/dist frontend/dist
USER openalgo
RUN .venv/bin/python -m compileall -q app.py blueprints broker database domain restx_api services utils websocket_proxy
ENV TZ=Asia/Kolkata \
    OPENALGO_DATA_DIR=/data \
    OPENALGO_BUILD_UI=False \
    FLASK_HOST_IP=0.0.0.0 \
    WEBSOCKET_HOST=0.0.0.0 \
    UV_NO_SYNC=1
VOLUME /data
EXPOSE 5000 8765
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:5000/health/ready', timeout=8)"]
CMD ["uv", "run", "app.py"]
