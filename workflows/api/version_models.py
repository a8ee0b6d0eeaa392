"""What the API of versions takes and gives; these models also describe it in /api/schema."""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, Field, model_validator

from crm.serializers import Document, mistake
from workflows.exchange import to_yaml


class DraftRequest(Document):
    """Une définition, en YAML ou en JSON. Un corps `application/yaml` est pris tel quel."""

    yaml: str | None = Field(None, description="La définition en YAML ; elle est gardée telle qu'elle est écrite.")
    definition: dict[str, Any] | None = Field(None, description="La définition en JSON, à la place de « yaml ».")
    revision: str | None = Field(
        None, max_length=40, description="Celle qui a été lue : sinon 409 si autre chose est là."
    )

    @model_validator(mode="after")
    def _one_text(self) -> Self:
        if self.yaml is not None and self.definition is not None:
            raise mistake("texte_invalide", "Donnez « yaml » ou « definition », l'un des deux.")
        return self

    def text(self) -> str | None:
        """Return the text; None when there is none."""
        return to_yaml(self.definition) if self.definition is not None else self.yaml


class PublishRequest(Document):
    """Publier le brouillon que l'on a lu."""

    revision: str = Field(max_length=40, description="Celle du brouillon que l'on a lu.")


class ImportRequest(Document):
    """Un workflow en YAML, avec son slug. Un corps `application/yaml` est pris tel quel, le reste en paramètres."""

    yaml: str = Field(description="slug, name, description, sector, et la définition sous « definition ».")
    remplacer: bool = Field(False, description="Remplacer le brouillon qui serait déjà là.")
    publier: bool = Field(False, description="Publier aussitôt.")


class MigrateRequest(Document):
    """Vers quelle version."""

    vers: int | None = Field(None, ge=1, le=2**31 - 1, description="Numéro de version ; sans indication, l'actuelle.")
    apercu: bool = Field(False, description="Compter seulement.")


class RemarkOut(BaseModel):
    """Une remarque et sa place."""

    chemin: str = Field(examples=["steps[2].send"])
    ligne: int | None
    texte: str


class VerdictOut(BaseModel):
    """Ce qui empêche de publier, et ce qu'il faut savoir."""

    valide: bool
    erreurs: list[RemarkOut]
    avertissements: list[RemarkOut]


class VerdictAnswer(BaseModel):
    """Un avis."""

    data: VerdictOut


class DraftOut(BaseModel):
    """Un brouillon et ce qu'il vaut."""

    workflow: dict[str, str]
    yaml: str
    par: str
    le: datetime
    revision: str = Field(description="À redonner pour publier, ou pour enregistrer sans écraser.")
    avis: VerdictOut


class DraftAnswer(BaseModel):
    """Un brouillon."""

    data: DraftOut


class VersionOut(BaseModel):
    """Une version publiée."""

    numero: int
    publiee_le: datetime
    publiee_par: str
    actuelle: bool
    executions_en_cours: int


class VersionPage(BaseModel):
    """Une page de versions, les plus récentes d'abord."""

    data: list[VersionOut]
    suivant: str | None = Field(description="À redonner en ?cursor= pour la page suivante ; null à la dernière.")


class DefinitionOut(BaseModel):
    """Ce que fait un workflow, dans une version."""

    workflow: dict[str, str]
    version: int
    definition: dict[str, Any]


class DefinitionAnswer(BaseModel):
    """Une définition."""

    data: DefinitionOut


class PublishedOut(BaseModel):
    """La nouvelle version."""

    workflow: dict[str, str]
    version: int
    avis: VerdictOut


class PublishedAnswer(BaseModel):
    """Une version publiée."""

    data: PublishedOut


class ImportedOut(BaseModel):
    """Le workflow importé."""

    workflow: dict[str, str]
    nouveau: bool
    version: int | None = Field(description="Si elle a été publiée.")
    revision: str
    avis: VerdictOut


class ImportedAnswer(BaseModel):
    """Un import."""

    data: ImportedOut


class DifferenceOut(BaseModel):
    """Une différence."""

    type: str = Field(description="ajout, suppression, modification ou deplacement.")
    etape: str
    texte: str


class DiffOut(BaseModel):
    """Ce qui change d'une version à l'autre."""

    de: str
    a: str
    differences: list[DifferenceOut]


class DiffAnswer(BaseModel):
    """Une comparaison."""

    data: DiffOut


class StuckOut(BaseModel):
    """Des exécutions qui ne peuvent pas changer de version."""

    etape: str
    version: int
    raison: str
    executions: int


class MigrationOut(BaseModel):
    """Une migration, ou ce qu'elle ferait."""

    vers: int
    apercu: bool
    migrees: int
    migrables: int = Field(description="Celles qui restent à migrer : appelez de nouveau.")
    bloquees: list[StuckOut]


class MigrationAnswer(BaseModel):
    """Une migration."""

    data: MigrationOut
