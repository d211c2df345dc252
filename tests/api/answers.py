"""Requests of JSON, and problems that answer them."""


def post(client, path, body, **extra):
    return client.post(path, data=body, content_type="application/json", **extra)


def problem(response):
    assert response.headers["Content-Type"] == "application/problem+json"
    return response.status_code, response.json()["code"]
