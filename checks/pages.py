"""A Django site with `cache_page`, for checks/behind.py and docs/behind-your-proxy.md: one file, served by gunicorn.

Variables: CACHE (locmem, or a redis:// URL), ORIGIN (where a page's data comes from), TTL (seconds that a page is cached).
"""
import os
import urllib.request

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.cache import cache_page
from django.views.decorators.vary import vary_on_cookie

CACHE, TTL = os.environ.get("CACHE", "locmem"), int(os.environ.get("TTL", "300"))
ORIGIN = os.environ.get("ORIGIN", "http://127.0.0.1:9000")
BACKEND = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
if CACHE != "locmem":
    BACKEND = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE}

settings.configure(
    SECRET_KEY="of a test", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, CACHES={"default": BACKEND}, USE_TZ=True
)


def product(request, number):
    with urllib.request.urlopen(f"{ORIGIN}/product/{number}") as data:
        return HttpResponse(data.read(), content_type="text/plain")


def hello(request):
    return HttpResponse(f"Hello {request.COOKIES.get('user', 'nobody')}!")


urlpatterns = [
    path("product/<int:number>", cache_page(TTL)(product)),
    path("forgotten", cache_page(TTL)(hello)),
    path("hello", cache_page(TTL)(vary_on_cookie(hello))),
]
application = get_wsgi_application()
