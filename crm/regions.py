"""Regions of France, by postal code. Pure.

A postal code begins with the number of its department, but for Corsica (20) and overseas (three digits).
"""

import re

DEPARTMENTS = {
    "Auvergne-Rhône-Alpes": "01 03 07 15 26 38 42 43 63 69 73 74",
    "Bourgogne-Franche-Comté": "21 25 39 58 70 71 89 90",
    "Bretagne": "22 29 35 56",
    "Centre-Val de Loire": "18 28 36 37 41 45",
    "Corse": "20",
    "Grand Est": "08 10 51 52 54 55 57 67 68 88",
    "Hauts-de-France": "02 59 60 62 80",
    "Île-de-France": "75 77 78 91 92 93 94 95",
    "Normandie": "14 27 50 61 76",
    "Nouvelle-Aquitaine": "16 17 19 23 24 33 40 47 64 79 86 87",
    "Occitanie": "09 11 12 30 31 32 34 46 48 65 66 81 82",
    "Pays de la Loire": "44 49 53 72 85",
    "Provence-Alpes-Côte d'Azur": "04 05 06 13 83 84",
    "Guadeloupe": "971",
    "Martinique": "972",
    "Guyane": "973",
    "La Réunion": "974",
    "Mayotte": "976",
}
REGIONS = {number: region for region, numbers in DEPARTMENTS.items() for number in numbers.split()}
POSTAL_CODE = re.compile(r"(?<!\d)(\d{2}) ?(\d{3})(?!\d)")


def region_of(postal_code: str) -> str:
    """Return the region of a postal code; "" when it is none."""
    found = POSTAL_CODE.fullmatch(postal_code.strip())
    if not found:
        return ""
    code = found[1] + found[2]
    return REGIONS.get(code[:3]) or REGIONS.get(code[:2], "")


def postal_code_in(text: str) -> str:
    """Return the first postal code in an address; "" when there is none."""
    for found in POSTAL_CODE.finditer(text):
        if region_of(code := found[1] + found[2]):
            return code
    return ""
