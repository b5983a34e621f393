"""Apache with mod_auth_openidc: `/me` is a protected page, and its info hook answers what UserInfo says now."""

import json
import os
import sys
from pathlib import Path

given = json.loads(sys.argv[1])
MODULES = Path("/usr/lib/apache2/modules")
CONFIGURATION = """
ServerRoot "{folder}"
ServerName 127.0.0.1
PidFile "{folder}/pid"
Listen 127.0.0.1:{port}
{modules}
{who}
ErrorLog "{folder}/error.log"
DocumentRoot "{folder}/pages"
OIDCProviderMetadataURL {issuer}.well-known/openid-configuration
OIDCClientID {client_id}
OIDCClientSecret {client_secret}
OIDCRedirectURI http://127.0.0.1:{port}/oidc/callback
OIDCCryptoPassphrase a-test-party
OIDCScope "openid profile ga4gh_passport_v1"
OIDCPKCEMethod S256
OIDCUserInfoRefreshInterval 1
OIDCInfoHook userinfo
OIDCRemoteUserClaim preferred_username
OIDCSessionInactivityTimeout 600
<Location />
  AuthType openid-connect
  Require valid-user
</Location>
"""
NEEDED = ("mpm_event", "authn_core", "authz_core", "authz_user", "auth_openidc")

folder = Path(given["folder"])
(folder / "pages").mkdir()
for page in ("login", "me"):
    (folder / "pages" / page).write_text("signed in\n")
text = CONFIGURATION.format(
    modules="\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in NEEDED),
    who="User www-data\nGroup www-data" if os.geteuid() == 0 else "",
    **given,
)
(folder / "apache.conf").write_text(text)
sys.stdout.write("ready\n")
sys.stdout.flush()
os.execv("/usr/sbin/apache2", ["apache2", "-f", str(folder / "apache.conf"), "-D", "FOREGROUND"])
