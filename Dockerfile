# One image for the site and the worker: see compose.yaml and docs/operations.md.
FROM python:3.13-slim

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 DEBUG=false
WORKDIR /app

COPY requirements.txt requirements-redis.txt ./
RUN pip install --require-hashes -r requirements.txt -r requirements-redis.txt

COPY . .
# Collecting needs complete settings. None of these values is used, or kept in the image.
RUN SECRET_KEY=build BASE_URL=https://build.invalid ALLOWED_HOSTS=build.invalid DATABASE_URL=sqlite://:memory: \
    FIELD_ENCRYPTION_KEYS=build EMAIL_URL=dummymail:// python manage.py collectstatic --noinput \
    && useradd --system --uid 10001 --no-create-home switchboard \
    && install -d -o switchboard var
USER switchboard

EXPOSE 8000
# The request names the host of BASE_URL, since the site answers no other.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os; from urllib.parse import urlsplit; from urllib.request import Request, urlopen; urlopen(Request('http://127.0.0.1:8000/healthz', headers={'Host': urlsplit(os.environ['BASE_URL']).hostname}), timeout=4)"]
# The access log leaves out query strings: those of the OAuth callbacks hold codes.
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "8", "--timeout", "90", "--graceful-timeout", "80", \
     "--no-control-socket", "--limit-request-line", "8190", "--access-logfile", "-", "--access-logformat", "%(t)s %(h)s %(m)s %(U)s %(s)s %(L)ss"]
