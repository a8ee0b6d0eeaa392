"""The pages of imports: the file, its columns, what would come of it, what came of it, and back."""

from datetime import timedelta
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook

from accounts.models import AuditEntry, Role
from crm.models import Contact, Import, ImportRow
from tests.acts.admin.conftest import signed_in
from tests.make import make_contact, make_event, make_site

pytestmark = pytest.mark.django_db
UPLOAD, LIST = "admin:crm_import_upload", "admin:crm_import_changelist"
FILE = "Nom;Mél;Portable;Budget\nZoé Durand;zoe@example.com;06 12 34 56 78;1000\n<b>Paul</b>;=1+1;;\n"


def page(name, imported):
    return reverse(f"admin:crm_import_{name}", args=[imported.pk])


def send(client, site, data=FILE, name="contacts.csv"):
    content = data if isinstance(data, bytes) else data.encode()
    return client.post(reverse(UPLOAD), {"site": site.pk, "fichier": SimpleUploadedFile(name, content)})


def workbook(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def choose(client, imported, *fields):
    return client.post(page("mapping", imported), {f"c{n}": name for n, name in enumerate(fields)})


def test_a_file_goes_all_the_way_in_and_back_out():
    site = make_site()
    client = signed_in(site.organization, Role.SALES)
    assert "Importer des contacts" in client.get(reverse(LIST)).content.decode()
    assert client.get(reverse(UPLOAD)).status_code == 200
    answer = send(client, site)
    imported = Import.objects.get()
    assert answer.url == page("mapping", imported)

    shown = client.get(answer.url).content.decode()
    assert "« zoe@example.com »" in shown
    assert '<option value="email" selected>' in shown
    assert "&lt;b&gt;Paul" in shown
    answer = choose(client, imported, "nom", "email", "telephone", "champ:budget")
    assert answer.url == page("preview", imported)

    shown = client.get(answer.url).content.decode()
    assert "« =1+1 » n&#x27;est pas une adresse email valide" in shown
    assert "Zoé Durand" in shown
    assert "budget : 1000" in shown
    assert not Contact.objects.exists()

    answer = client.post(page("preview", imported), {"importer": "1"})
    assert answer.url == page("change", imported)
    zoe = Contact.objects.get()
    assert (zoe.name, zoe.phone, zoe.fields) == ("Zoé Durand", "+33612345678", {"budget": "1000"})
    shown = client.get(answer.url).content.decode()
    assert "Télécharger les lignes en erreur" in shown
    assert reverse("admin:crm_contact_change", args=[zoe.pk]) in shown

    asked = reverse("admin:crm_import_act", args=["annulation"])
    shown = client.get(asked, {"ids": imported.pk, "page": 1}).content.decode()
    assert "1 contact sera effacé." in shown
    assert client.post(asked, {"ids": imported.pk, "page": 1}).url == page("change", imported)
    assert not Contact.objects.exists()
    assert client.get(page("change", imported)).status_code == 200
    assert AuditEntry.objects.filter(action__startswith="import.").count() == 3


def test_what_was_wrong_is_downloaded_mended_and_imported():
    site = make_site()
    client = signed_in(site.organization)
    send(client, site)
    imported = Import.objects.get()
    choose(client, imported, "nom", "email", "telephone", "")
    before = client.get(page("errors", imported)).content
    client.post(page("preview", imported), {"importer": "1"})
    answer = client.get(page("errors", imported))
    assert answer["Content-Disposition"] == f'attachment; filename="import-{imported.pk}-erreurs.csv"'
    assert answer.content == before
    text = answer.content.decode("utf-8-sig")
    assert text.splitlines()[0] == "Nom;Mél;Portable;Budget;erreur"
    assert "<b>Paul</b>;'=1+1;" in text
    send(client, site, text.replace("'=1+1", "paul@example.com"))
    again = Import.objects.latest("pk")
    assert again.mapping["erreur"] == ""
    choose(client, again, "nom", "email", "telephone", "", "")
    client.post(page("preview", again), {"importer": "1"})
    assert Contact.objects.count() == 2


def test_the_options_change_the_preview_and_nothing_else():
    site = make_site()
    client = signed_in(site.organization)
    zoe = make_contact(site=site, email="zoe@example.com", name="Z", phone=None)
    send(client, site)
    imported = Import.objects.get()
    choose(client, imported, "nom", "email", "telephone", "")
    assert client.get(page("preview", imported)).context["counts"]["mis_a_jour"] == 0
    assert client.post(page("preview", imported), {"updates": "on", "overwrites": "on"}).status_code == 302
    shown = client.get(page("preview", imported))
    assert shown.context["counts"]["mis_a_jour"] == 1
    assert "nom : Z → Zoé Durand" in shown.content.decode()
    zoe.refresh_from_db()
    assert zoe.name == "Z"
    client.post(page("preview", imported), {"importer": "1"})
    zoe.refresh_from_db()
    assert zoe.name == "Zoé Durand"


def bomb():
    written = BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as zipped:
        zipped.writestr("xl/workbook.xml", "<workbook/>")
        zipped.writestr("xl/worksheets/sheet1.xml", b"0" * (60 * 1024 * 1024))
    return written.getvalue()


def entities():
    written = BytesIO()
    with ZipFile(BytesIO(workbook(["email"], ["a@example.com"]))) as book, ZipFile(written, "w") as zipped:
        for part in book.namelist():
            content = book.read(part)
            if part.endswith("sheet1.xml"):
                content = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + content
            zipped.writestr(part, content)
    return written.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("vide.csv", b"", "Ce fichier est vide"),
        ("blanc.csv", b" \n\n", "Ce fichier est vide"),
        ("contacts.csv", b"%PDF-1.7 ...", "est un PDF"),
        ("contacts.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ancien classeur Excel"),
        ("contacts.xlsx", b"PK\x03\x04 casse", "abîmé"),
        ("bombe.xlsx", bomb(), "trop de données"),
        ("entites.xlsx", entities(), "abîmé"),
        ("sans-titres.csv", b"Jean;jean@example.com;0612345678\n", "ajoutez au-dessus une ligne avec les titres"),
        ("titres.csv", b"nom;email\n", "que des titres"),
        ("binaire.csv", b"a\x00b;c\x00\n\x01\x02\x03\x00\x04", "pas un texte lisible"),
        ("large.csv", (";".join(f"c{n}" for n in range(101)) + "\n").encode(), "plus de 100 colonnes"),
        ("long.csv", b"email\n" + b"a@b.fr\n" * 20_001, "plus de 20000 lignes"),
        ("guillemet.csv", b'email,nom\na@b.fr,"' + b"x\n" * 200_000, "guillemet"),
    ],
)
def test_a_wrong_file_is_refused_beside_its_field(boss, name, data, said):
    shown = send(boss, make_site(), data, name)
    assert shown.status_code == 200
    assert said in " ".join(shown.context["form"].errors["fichier"])
    assert not Import.objects.exists()


def test_a_file_that_is_too_large_is_refused(boss):
    site = make_site()
    answer = send(boss, site, b"email\n" + b"x" * (6 * 1024 * 1024))
    assert answer.url == reverse(UPLOAD)  # by its length, unread
    assert "dépasse 5 Mo" in boss.get(answer.url).content.decode()
    shown = send(boss, site, b"email\n" + b"x" * (5 * 1024 * 1024 + 1))
    assert "dépasse 5 Mo" in " ".join(shown.context["form"].errors["fichier"])


def test_the_upload_asks_for_its_token(boss):
    boss.handler.enforce_csrf_checks = True
    assert send(boss, make_site()).status_code == 403
    assert not Import.objects.exists()


def test_titles_that_are_there_twice_get_a_number(boss):
    send(boss, make_site(), "email,nom,nom\na@example.com,A,B\n")
    assert Import.objects.get().columns == ["email", "nom", "nom (2)"]


def test_a_workbook_is_read_as_people_see_it(boss):
    site = make_site()
    data = workbook(["Nom", "Téléphone"], ["Zoé", 612345678], ["Paul", 6.12345679e8], ["Léa", 33612345670])
    send(boss, site, data, "contacts.xlsx")
    imported = Import.objects.get()
    choose(boss, imported, "nom", "telephone")
    boss.post(page("preview", imported), {"importer": "1"})
    assert sorted(site.contacts.values_list("phone", flat=True)) == ["+33612345670", "+33612345678", "+33612345679"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (("nom", "", "", ""), "personne n&#x27;est joignable"),
        (("nom", "email", "email", ""), "est associé à deux colonnes"),
        (("nom", "email", "mot_de_passe", ""), "n&#x27;est pas un champ"),
        (("nom", "email", "champ:<b>", ""), "n&#x27;est pas un champ"),
        (("nom", "email", "consentement", ""), "rien ne prouve"),
    ],
)
def test_a_mapping_that_cannot_be_is_said(boss, fields, said):
    send(boss, make_site())
    imported = Import.objects.get()
    shown = choose(boss, imported, *fields)
    assert said in shown.content.decode()
    assert boss.get(page("preview", imported)).url == page("mapping", imported)


def test_the_same_file_again_is_said(boss):
    site = make_site()
    send(boss, site)
    answer = send(boss, site, name="autre.csv")
    assert "a déjà été déposé pour ce site" in boss.get(answer.url).content.decode()


def test_an_import_that_is_done_goes_to_its_result(boss):
    send(boss, make_site())
    imported = Import.objects.get()
    choose(boss, imported, "nom", "email", "telephone", "")
    for _n in range(2):
        assert boss.post(page("preview", imported), {"importer": "1"}).url == page("change", imported)
    assert Contact.objects.count() == 1
    assert boss.get(page("preview", imported)).url == page("change", imported)
    assert boss.get(page("mapping", imported)).url == page("change", imported)
    assert choose(boss, imported, "", "email", "", "").url == page("change", imported)


def test_an_import_that_was_begun_goes_on_or_is_given_up(boss):
    send(boss, make_site())
    imported = Import.objects.get()
    assert page("mapping", imported) in boss.get(page("change", imported)).content.decode()
    asked = reverse("admin:crm_import_act", args=["abandon"])
    assert boss.get(asked, {"ids": imported.pk, "page": 1}).status_code == 200
    boss.post(asked, {"ids": imported.pk, "page": 1})
    assert not Import.objects.exists()


def test_undoing_says_who_stays_and_when_it_is_too_late(boss):
    send(boss, make_site())
    imported = Import.objects.get()
    choose(boss, imported, "nom", "email", "telephone", "")
    boss.post(page("preview", imported), {"importer": "1"})
    make_event(contact=Contact.objects.get())
    asked = reverse("admin:crm_import_act", args=["annulation"])
    assert "1 contact restera : il a depuis : événements." in boss.get(asked, {"ids": imported.pk}).content.decode()
    Import.objects.update(done_at=timezone.now() - timedelta(days=31))
    assert "ce délai est passé" in boss.get(asked, {"ids": imported.pk}).content.decode()
    boss.post(asked, {"ids": imported.pk, "page": 1})
    assert Import.objects.get().status == "importe"


def test_nobody_reaches_the_imports_of_others():
    site = make_site()
    owner = signed_in(site.organization, Role.OWNER)
    send(owner, site)
    imported = Import.objects.get()
    choose(owner, imported, "nom", "email", "telephone", "")
    stranger = signed_in(make_site().organization, Role.OWNER)
    for name in ("mapping", "preview", "errors"):
        assert stranger.get(page(name, imported)).status_code == 404
        assert stranger.post(page(name, imported), {"importer": "1"}).status_code == 404
    assert stranger.get(page("change", imported)).status_code == 302
    assert "site" in send(stranger, site).context["form"].errors
    assert not stranger.get(reverse(LIST)).context["cl"].result_list
    stranger.post(reverse("admin:crm_import_act", args=["abandon"]), {"ids": imported.pk})
    assert Import.objects.get() == imported
    assert not ImportRow.objects.exists()


def test_a_reader_looks_and_no_more():
    site = make_site()
    send(signed_in(site.organization, Role.OWNER), site)
    imported = Import.objects.get()
    reader = signed_in(site.organization, Role.READER)
    shown = reader.get(reverse(LIST)).content.decode()
    assert imported.file_name in shown
    assert reverse(UPLOAD) not in shown
    assert page("mapping", imported) not in reader.get(page("change", imported)).content.decode()
    assert reader.get(reverse(UPLOAD)).status_code == 403
    for name in ("mapping", "preview", "errors"):
        assert reader.get(page(name, imported)).status_code == 403


def test_the_command_says_the_same(tmp_path, capsys):
    site = make_site()
    file = tmp_path / "contacts.csv"
    file.write_text(FILE)
    call_command("import_contacts", site.slug, str(file), "--dry-run")
    said = capsys.readouterr()
    assert "1 créés, 0 mis à jour, 0 laissés, 1 en erreur" in said.out
    assert "ligne 3 : Email : « =1+1 »" in said.err
    assert not Import.objects.exists()
    call_command("import_contacts", site.slug, str(file), "--update", "--mapping", '{"Mél": "email"}')
    assert Contact.objects.get().name == ""
    assert Import.objects.get().updates
    with pytest.raises(CommandError, match="pas de site"):
        call_command("import_contacts", "personne", str(file))
    with pytest.raises(CommandError, match="pas de colonne"):
        call_command("import_contacts", site.slug, str(file), "--mapping", '{"X": "email"}')
