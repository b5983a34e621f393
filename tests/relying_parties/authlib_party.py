"""Authlib's Flask client, by discovery and with S256; `/me` is what UserInfo says now."""

import json
import logging
import sys
from typing import Any

from authlib.integrations.flask_client import OAuth
from flask import Flask, jsonify, redirect

given = json.loads(sys.argv[1])
base = f"http://127.0.0.1:{given['port']}"
kept: dict[str, Any] = {}
app = Flask("party")
app.secret_key = "a test party"
client = OAuth(app).register(
    "duologue",
    client_id=given["client_id"],
    client_secret=given["client_secret"],
    server_metadata_url=f"{given['issuer']}.well-known/openid-configuration",
    client_kwargs={"scope": "openid profile ga4gh_passport_v1", "code_challenge_method": "S256"},
)


@app.get("/login")
def login() -> Any:
    return client.authorize_redirect(f"{base}/callback")


@app.get("/callback")
def callback() -> Any:
    kept["token"] = client.authorize_access_token()
    return redirect("/me")


@app.get("/me")
def me() -> Any:
    signed_in = kept["token"]["userinfo"]["preferred_username"]
    return jsonify(signed_in=signed_in, claims=client.userinfo(token=kept["token"]))


logging.getLogger("werkzeug").setLevel(logging.ERROR)
sys.stdout.write("ready\n")
sys.stdout.flush()
app.run("127.0.0.1", given["port"])
