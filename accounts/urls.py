"""Where people sign in and out, and set up their second factor."""

from django.contrib import admin
from django.urls import path

from accounts.login import CodePage, PasswordPage, logout_page, password_page
from accounts.second_factor_page import second_factor_page
from accounts.token_api import RefreshView, TokenView

urlpatterns = [
    path("api/auth/token", TokenView.as_view(), name="token"),
    path("api/auth/refresh", RefreshView.as_view(), name="token-refresh"),
    path("admin/login/", PasswordPage.as_view(), name="login"),
    path("admin/login/code/", CodePage.as_view(), name="login-code"),
    path("admin/logout/", logout_page, name="logout"),
    path("admin/password_change/", admin.site.admin_view(password_page), name="password-change"),
    path("admin/second-facteur/", admin.site.admin_view(second_factor_page), name="second-factor"),
]
