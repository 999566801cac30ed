"""The settings of the doors: what is written counts, and what cannot be meant is refused by name."""

from ipaddress import ip_network

import pytest

from web.settings import FILE, RATES, Imprint, Rate, Settings, UnreadableSettings, read_settings

WHOLE = """
hosts = ["gongku.example"]
proxies = ["10.0.0.0/8", "::1"]
log = "access.log"
mappings = "mappings"
uploads_at_once = 3
metrics_token_file = "metrics-token"

[rates]
page = { per_minute = 0, burst = 1 }

[imprint]
name_zh = "某区财政局"
name_en = "Finance bureau"
contact = "0571-1"

[oidc]
issuer = "https://id.example/"
client_id = "gongku"
client_secret_file = "oidc-secret"
name_zh = "市民云"
"""


def written(folder, text):
    folder.joinpath(FILE).write_text(text, encoding="utf-8")
    folder.joinpath("mappings").mkdir()
    folder.joinpath("metrics-token").write_text("m" * 30 + "\n", encoding="utf-8")
    folder.joinpath("oidc-secret").write_text("s" * 30 + "\n", encoding="utf-8")
    return read_settings(folder)


def test_without_a_file_everything_is_as_it_comes(tmp_path):
    assert read_settings(tmp_path) == Settings()


def test_what_is_written_counts(tmp_path):
    found = written(tmp_path, WHOLE)
    assert found.hosts == ("gongku.example",)
    assert found.proxies == (ip_network("10.0.0.0/8"), ip_network("::1"))
    assert (found.mappings, found.uploads_at_once) == (tmp_path / "mappings", 3)
    assert found.log == str(tmp_path / "access.log")
    assert found.metrics_token == "m" * 30
    assert found.rates == {**RATES, "page": Rate(0, 1)}
    assert found.imprint == Imprint("某区财政局", "Finance bureau", "0571-1")
    assert found.provider.issuer == "https://id.example"
    assert (found.provider.client_secret, found.provider.name_zh) == ("s" * 30, "市民云")


def test_no_secret_is_shown_when_settings_are_printed(tmp_path):
    assert not {"m" * 30, "s" * 30} & set(repr(written(tmp_path, WHOLE)).split("'"))


@pytest.mark.parametrize(
    ("text", "named"),
    [("host = []", "host is not known"), ("hosts = 'a'", "hosts"), ("hosts = ['']", "hosts"), ("proxies = ['x']", "proxies"),
     ("proxies = ['10.0.0.1/8']", "proxies"), ("rates = 1", "rates"), ("[rates.pages]", "rates.pages"),
     ("[rates.page]\nper_minute = 1", "rates.page"), ("[rates.page]\nper_minute = -1\nburst = 1", "rates.page"),
     ("[rates.page]\nper_minute = 1.5\nburst = 1", "rates.page"), ("[rates.page]\nper_minute = true\nburst = 1", "rates.page"),
     ("[rates.page]\nper_minute = 1\nburst = 0", "rates.page"), ("[rates.page]\nburst = 1\nper_second = 1", "per_second"),
     ("log = 1", "log"), ("mappings = 'nowhere'", "mappings"), ("mappings = 1", "mappings"), ("uploads_at_once = 0", "from 1 to 64"),
     ("uploads_at_once = true", "uploads_at_once"), ("uploads_at_once = '2'", "uploads_at_once"), ("metrics_token_file = 'nowhere'", "metrics_token_file"), ("metrics_token_file = 'empty'", "empty"),
     ("[oidc]\nissuer = 'http://id.example'", "https"), ("[oidc]\nissuer = 'https://id.example'", "client_secret_file"),
     ("[oidc]\nissuer = 'https://a'\nclient_secret_file = 'oidc-secret'", "client_id"), ("[oidc]\nsecret = 'x'", "oidc.secret"),
     ("[imprint]\nname_zh = 'a'", "imprint.name_en"), ("[imprint]\nlogo = 'x'", "imprint.logo"), ("= 1", "Invalid")],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_by_name(tmp_path, text, named):
    tmp_path.joinpath("empty").touch()
    with pytest.raises(UnreadableSettings, match=named):
        written(tmp_path, text)
