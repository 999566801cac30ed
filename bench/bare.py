"""``python -m bench.bare PORT``: a bare Flask page of fifty rows, behind the same server as the public pages."""

import sys

from flask import Flask, render_template
from jinja2 import DictLoader
from waitress import serve

THREADS = 8  # as many as `gongku serve` has
_ROWS = [(1001 + n, f"科目{n}", f"{n * 12345:,}.00", f"{n * 6789:,}.00") for n in range(50)]
_PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{{ title }}</title></head><body>
<h1>{{ title }}</h1><table><thead><tr><th>科目<th>名称<th>借方<th>贷方</tr></thead><tbody>
{% for code, name, debit, credit in rows %}
<tr><td>{{ code }}</td><td>{{ name }}</td><td class="number">{{ debit }}</td><td class="number">{{ credit }}</td></tr>
{% endfor %}
</tbody></table></body></html>
"""


def bare() -> Flask:
    """Make an application of one page that asks no database and writes no header of its own."""
    app = Flask("bare", static_folder=None, template_folder=None)
    app.jinja_loader = DictLoader({"page.html": _PAGE})

    @app.get("/")
    def page() -> str:
        return render_template("page.html", title="余额表", rows=_ROWS)

    return app


if __name__ == "__main__":
    serve(bare(), host="127.0.0.1", port=int(sys.argv[1]), threads=THREADS, ident=None)
