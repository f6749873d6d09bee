"""The closed language of `{{ ... }}`: parsed once into closures; nothing else can be reached, nothing is evaluated.

Names, functions, filters and methods come from closed lists; what text a value holds is never read as an expression.
"""

from weft.connectors.rest.expressions.compile import Later, Names
from weft.connectors.rest.expressions.functions import NOW
from weft.connectors.rest.expressions.lexer import Mistake
from weft.connectors.rest.expressions.template import Template, Tree
from weft.connectors.rest.expressions.words import said

__all__ = ["NOW", "Later", "Mistake", "Names", "Template", "Tree", "said"]
