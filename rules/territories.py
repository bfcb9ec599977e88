"""Where each territory and each calling code keeps its clocks, as data.

From the zone table of the IANA time zone database (zone1970.tab, 2026f) and the calling codes of
ITU-T E.164 (list of assigned codes). Zones that show the same time all through 2026 stand once per
territory.
"""

from collections.abc import Mapping
from types import MappingProxyType

_TERRITORIES_IN = (
    ("Africa/Abidjan", "BF CI GH GM GN IS ML MR SH SL SN TG"),
    ("Africa/Algiers", "DZ"),
    ("Africa/Bissau", "GW"),
    ("Africa/Cairo", "EG"),
    ("Africa/Casablanca", "MA"),
    ("Africa/El_Aaiun", "EH"),
    ("Africa/Johannesburg", "LS SZ ZA"),
    ("Africa/Juba", "SS"),
    ("Africa/Khartoum", "SD"),
    ("Africa/Lagos", "AO BJ CF CG CM GA GQ NE NG"),
    ("Africa/Maputo", "BI BW MW MZ RW ZM ZW"),
    ("Africa/Maputo Africa/Lagos", "CD"),
    ("Africa/Monrovia", "LR"),
    ("Africa/Nairobi", "DJ ER ET KE KM MG SO TZ UG YT"),
    ("Africa/Ndjamena", "TD"),
    ("Africa/Sao_Tome", "ST"),
    ("Africa/Tripoli", "LY"),
    ("Africa/Tunis", "TN"),
    ("Africa/Windhoek", "NA"),
    ("America/Argentina/Buenos_Aires", "AR"),
    ("America/Asuncion", "PY"),
    ("America/Barbados", "BB"),
    ("America/Belize", "BZ"),
    ("America/Bogota", "CO"),
    ("America/Caracas", "VE"),
    ("America/Cayenne", "GF"),
    ("America/Costa_Rica", "CR"),
    ("America/El_Salvador", "SV"),
    ("America/Grand_Turk", "TC"),
    ("America/Guatemala", "GT"),
    ("America/Guayaquil Pacific/Galapagos", "EC"),
    ("America/Guyana", "GY"),
    ("America/Havana", "CU"),
    ("America/Jamaica", "JM"),
    ("America/La_Paz", "BO"),
    ("America/Lima", "PE"),
    ("America/Managua", "NI"),
    ("America/Martinique", "MQ"),
    (
        (
            "America/Mexico_City America/Cancun America/Matamoros America/Ciudad_Juarez "
            "America/Mazatlan America/Tijuana"
        ),
        "MX",
    ),
    ("America/Miquelon", "PM"),
    ("America/Montevideo", "UY"),
    (
        (
            "America/New_York America/Chicago America/Denver America/Phoenix "
            "America/Los_Angeles America/Anchorage America/Adak Pacific/Honolulu"
        ),
        "US",
    ),
    ("America/Noronha America/Belem America/Campo_Grande America/Eirunepe", "BR"),
    ("America/Nuuk America/Danmarkshavn America/Thule", "GL"),
    ("America/Panama", "KY PA"),
    ("America/Paramaribo", "SR"),
    ("America/Port-au-Prince", "HT"),
    ("America/Puerto_Rico", "AG AI AW BL BQ CW DM GD GP KN LC MF MS PR SX TT VC VG VI"),
    ("America/Santiago America/Coyhaique Pacific/Easter", "CL"),
    ("America/Santo_Domingo", "DO"),
    (
        (
            "America/St_Johns America/Halifax America/Toronto America/Winnipeg America/Regina "
            "America/Edmonton America/Vancouver America/Dawson_Creek America/Panama "
            "America/Puerto_Rico"
        ),
        "CA",
    ),
    ("America/Tegucigalpa", "HN"),
    ("America/Toronto", "BS"),
    ("Asia/Almaty", "KZ"),
    ("Asia/Amman", "JO"),
    ("Asia/Ashgabat", "TM"),
    ("Asia/Baghdad", "IQ"),
    ("Asia/Baku", "AZ"),
    ("Asia/Bangkok", "CX KH LA TH VN"),
    ("Asia/Beirut", "LB"),
    ("Asia/Bishkek", "KG"),
    ("Asia/Colombo", "LK"),
    ("Asia/Damascus", "SY"),
    ("Asia/Dhaka", "BD"),
    ("Asia/Dili", "TL"),
    ("Asia/Dubai", "AE OM RE SC"),
    ("Asia/Dubai Indian/Maldives", "TF"),
    ("Asia/Dushanbe", "TJ"),
    ("Asia/Gaza", "PS"),
    ("Asia/Hong_Kong", "HK"),
    ("Asia/Jakarta Asia/Makassar Asia/Jayapura", "ID"),
    ("Asia/Jerusalem", "IL"),
    ("Asia/Kabul", "AF"),
    ("Asia/Karachi", "PK"),
    ("Asia/Kathmandu", "NP"),
    ("Asia/Kolkata", "IN"),
    ("Asia/Kuching", "BN MY"),
    ("Asia/Macau", "MO"),
    ("Asia/Manila", "PH"),
    ("Asia/Nicosia", "CY"),
    ("Asia/Pyongyang", "KP"),
    ("Asia/Qatar", "BH QA"),
    ("Asia/Riyadh", "KW SA YE"),
    ("Asia/Samarkand", "UZ"),
    ("Asia/Seoul", "KR"),
    ("Asia/Shanghai Asia/Urumqi", "CN"),
    ("Asia/Singapore", "SG"),
    ("Asia/Taipei", "TW"),
    ("Asia/Tbilisi", "GE"),
    ("Asia/Tehran", "IR"),
    ("Asia/Thimphu", "BT"),
    ("Asia/Tokyo", "JP"),
    ("Asia/Ulaanbaatar Asia/Hovd", "MN"),
    ("Asia/Yangon", "CC MM"),
    ("Asia/Yerevan", "AM"),
    ("Atlantic/Bermuda", "BM"),
    ("Atlantic/Cape_Verde", "CV"),
    ("Atlantic/Faroe", "FO"),
    ("Atlantic/South_Georgia", "GS"),
    ("Atlantic/Stanley", "FK"),
    (
        (
            "Australia/Lord_Howe Antarctica/Macquarie Australia/Broken_Hill "
            "Australia/Brisbane Australia/Darwin Australia/Perth Australia/Eucla Asia/Tokyo"
        ),
        "AU",
    ),
    ("Europe/Andorra", "AD"),
    ("Europe/Athens", "GR"),
    ("Europe/Belgrade", "BA HR ME MK RS SI"),
    ("Europe/Berlin", "DK NO SE SJ"),
    ("Europe/Brussels", "BE LU NL"),
    ("Europe/Bucharest", "RO"),
    ("Europe/Budapest", "HU"),
    ("Europe/Chisinau", "MD"),
    ("Europe/Dublin", "IE"),
    ("Europe/Gibraltar", "GI"),
    ("Europe/Helsinki", "AX FI"),
    ("Europe/Istanbul", "TR"),
    (
        (
            "Europe/Kaliningrad Europe/Moscow Europe/Astrakhan Asia/Yekaterinburg Asia/Omsk "
            "Asia/Novosibirsk Asia/Irkutsk Asia/Chita Asia/Vladivostok Asia/Magadan "
            "Asia/Kamchatka"
        ),
        "RU",
    ),
    ("Europe/Lisbon Atlantic/Azores", "PT"),
    ("Europe/London", "GB GG IM JE"),
    ("Europe/Madrid Atlantic/Canary", "ES"),
    ("Europe/Malta", "MT"),
    ("Europe/Minsk", "BY"),
    ("Europe/Paris", "FR MC"),
    ("Europe/Prague", "CZ SK"),
    ("Europe/Riga", "LV"),
    ("Europe/Rome", "IT SM VA"),
    ("Europe/Simferopol Europe/Kyiv", "UA"),
    ("Europe/Sofia", "BG"),
    ("Europe/Tallinn", "EE"),
    ("Europe/Tirane", "AL"),
    ("Europe/Vienna", "AT"),
    ("Europe/Vilnius", "LT"),
    ("Europe/Warsaw", "PL"),
    ("Europe/Zurich", "CH DE LI"),
    ("Indian/Chagos", "IO"),
    ("Indian/Maldives", "MV"),
    ("Indian/Mauritius", "MU"),
    ("Pacific/Apia", "WS"),
    ("Pacific/Auckland Pacific/Chatham", "NZ"),
    ("Pacific/Efate", "VU"),
    ("Pacific/Fakaofo", "TK"),
    ("Pacific/Fiji", "FJ"),
    ("Pacific/Guadalcanal", "SB"),
    ("Pacific/Guam", "GU MP"),
    ("Pacific/Kosrae Pacific/Port_Moresby", "FM"),
    ("Pacific/Nauru", "NR"),
    ("Pacific/Niue", "NU"),
    ("Pacific/Norfolk", "NF"),
    ("Pacific/Noumea", "NC"),
    ("Pacific/Pago_Pago", "AS"),
    ("Pacific/Pago_Pago Pacific/Tarawa", "UM"),
    ("Pacific/Palau", "PW"),
    ("Pacific/Pitcairn", "PN"),
    ("Pacific/Port_Moresby Pacific/Bougainville", "PG"),
    ("Pacific/Rarotonga", "CK"),
    ("Pacific/Tahiti Pacific/Marquesas Pacific/Gambier", "PF"),
    ("Pacific/Tarawa", "MH TV WF"),
    ("Pacific/Tarawa Pacific/Kanton Pacific/Kiritimati", "KI"),
    ("Pacific/Tongatapu", "TO"),
)
"""(zones, the territories that use all of them and no other), by ISO 3166 code."""

ZONES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {t: tuple(zones.split()) for zones, found in _TERRITORIES_IN for t in found.split()}
)
"""Territory -> its time zones."""

_CODES = (
    "1:US,AG,AI,BB,BM,BS,CA,DM,DO,GD,JM,KN,KY,LC,MS,PR,SX,TC,TT,VC,VG,VI 7:RU,KZ 20:EG 27:ZA "
    "30:GR 31:NL 32:BE 33:FR 34:ES 36:HU 39:IT,VA 40:RO 41:CH 43:AT 44:GB,GG,IM,JE 45:DK 46:SE "
    "47:NO,SJ 48:PL 49:DE 51:PE 52:MX 53:CU 54:AR 55:BR 56:CL 57:CO 58:VE 60:MY 61:AU,CC,CX "
    "62:ID 63:PH 64:NZ 65:SG 66:TH 81:JP 82:KR 84:VN 86:CN 90:TR 91:IN 92:PK 93:AF 94:LK 95:MM "
    "98:IR 211:SS 212:MA,EH 213:DZ 216:TN 218:LY 220:GM 221:SN 222:MR 223:ML 224:GN 225:CI "
    "226:BF 227:NE 228:TG 229:BJ 230:MU 231:LR 232:SL 233:GH 234:NG 235:TD 236:CF 237:CM 238:CV "
    "239:ST 240:GQ 241:GA 242:CG 243:CD 244:AO 245:GW 246:IO 247:SH 248:SC 249:SD 250:RW 251:ET "
    "252:SO 253:DJ 254:KE 255:TZ 256:UG 257:BI 258:MZ 260:ZM 261:MG 262:RE,YT 263:ZW 264:NA "
    "265:MW 266:LS 267:BW 268:SZ 269:KM 290:SH 291:ER 297:AW 298:FO 299:GL 350:GI 351:PT 352:LU "
    "353:IE 354:IS 355:AL 356:MT 357:CY 358:FI,AX 359:BG 370:LT 371:LV 372:EE 373:MD 374:AM "
    "375:BY 376:AD 377:MC 378:SM 380:UA 381:RS 382:ME 383:RS 385:HR 386:SI 387:BA 389:MK 420:CZ "
    "421:SK 423:LI 500:FK 501:BZ 502:GT 503:SV 504:HN 505:NI 506:CR 507:PA 508:PM 509:HT "
    "590:GP,BL,MF 591:BO 592:GY 593:EC 594:GF 595:PY 596:MQ 597:SR 598:UY 599:CW,BQ 670:TL "
    "672:NF 673:BN 674:NR 675:PG 676:TO 677:SB 678:VU 679:FJ 680:PW 681:WF 682:CK 683:NU 685:WS "
    "686:KI 687:NC 688:TV 689:PF 690:TK 691:FM 692:MH 850:KP 852:HK 853:MO 855:KH 856:LA 880:BD "
    "886:TW 960:MV 961:LB 962:JO 963:SY 964:IQ 965:KW 966:SA 967:YE 968:OM 970:PS 971:AE 972:IL "
    "973:BH 974:QA 975:BT 976:MN 977:NP 992:TJ 993:TM 994:AZ 995:GE 996:KG 998:UZ"
)
TERRITORIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {code: tuple(found.split(",")) for code, _, found in (c.partition(":") for c in _CODES.split())}
)
"""Calling code -> the territories behind it.

Of +1 without Guam, American Samoa and the Northern Marianas: with them it would be night somewhere
at every hour. Codes of no territory (satellites, freephone) are left out.
"""
