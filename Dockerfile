# The worker and the command line; nothing to build with is left in the image.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements.lock .
RUN python -m venv /tools && /tools/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN /tools/bin/python -m build --no-isolation --outdir dist
# The lock's hashes hold for what the wheel needs; its own hash completes them.
RUN set -eu; wheel=$(ls /build/dist/*.whl); \
    echo "tocsin @ file://$wheel --hash=sha256:$(sha256sum "$wheel" | cut -d' ' -f1)" >wheel.txt; \
    python -m venv --without-pip /opt/tocsin; \
    /tools/bin/pip --python /opt/tocsin install --no-cache-dir --require-hashes -c requirements.lock -r wheel.txt

FROM python:3.11-slim-bookworm
COPY --from=build /opt/tocsin /opt/tocsin
RUN useradd --system --uid 10001 --home-dir /var/lib/tocsin --create-home tocsin
USER tocsin
WORKDIR /var/lib/tocsin
ENV PATH=/opt/tocsin/bin:$PATH PYTHONUNBUFFERED=1
ENTRYPOINT ["tocsin"]
CMD ["run"]
