# A worker and the command line; nothing to build with is left in the image.
# The base is pinned to a minor version: building anew takes its security fixes.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements.lock .
RUN python -m venv /tools && /tools/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN /tools/bin/python -m build --no-isolation --outdir dist
# The lock's hashes hold for all that the wheel and its extra need; the wheel's own completes them.
RUN set -eu; wheel=$(ls /build/dist/*.whl); \
    echo "tocsin[distributed,reports] @ file://$wheel --hash=sha256:$(sha256sum "$wheel" | cut -d' ' -f1)" >wheel.txt; \
    python -m venv --without-pip /opt/tocsin; \
    /tools/bin/pip --python /opt/tocsin install --no-cache-dir --require-hashes -c requirements.lock -r wheel.txt

FROM python:3.11-slim-bookworm
COPY --from=build /opt/tocsin /opt/tocsin
# A new volume takes owner and mode of the folder that it is mounted on: hence these three.
RUN useradd --system --uid 10001 --home-dir /var/lib/tocsin --create-home tocsin \
    && install --directory --owner tocsin --mode 0700 /var/lib/tocsin/state /var/lib/tocsin/keys \
    && install --directory --owner tocsin --mode 0755 /var/lib/tocsin/secrets
# By number, so that an orchestrator sees that it is not root.
USER 10001
WORKDIR /var/lib/tocsin/state
ENV PATH=/opt/tocsin/bin:$PATH PYTHONUNBUFFERED=1
# No HEALTHCHECK: the image also runs single commands. Whoever runs a worker asks its /readyz.
ENTRYPOINT ["tocsin"]
CMD ["run"]
