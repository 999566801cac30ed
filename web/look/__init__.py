"""The one look of the house: design tokens, the seal, and the frame that every page stands in."""

from flask import Blueprint

blueprint = Blueprint(
    "look", __name__, url_prefix="/look", static_folder="static", static_url_path="", template_folder="templates"
)
