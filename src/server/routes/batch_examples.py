"""What a client may send to the batch routes and get back, for the OpenAPI document."""

# Without a null anywhere: the framework leaves those out.
_ID = "8b2c1f6e-53a7-5d4b-9b0e-2f0f5a8a7c11"
_DATASET = {
    "id": _ID,
    "dataset_type": "source_table",
    "run": "LSSTCam/runs/demo",
    "data_id": {
        "instrument": "LSSTCam",
        "detector": 10,
        "visit": 2025120200439,
    },
}
_DATASET_TYPES = {
    "source_table": {
        "name": "source_table",
        "storageClass": "ArrowAstropy",
        "dimensions": ["instrument", "detector", "visit"],
        "isCalibration": False,
    }
}
_REFUSED = {
    "outcome": "bad_request",
    "detail": "data_id.visit: 1.5 is not an integer or a string",
}

FIND_REQUEST = {
    "dataset_type": "source_table",
    "collections": ["LSSTCam/runs/demo"],
    "default_data_id": {"instrument": "LSSTCam"},
    "items": [
        {"data_id": {"visit": 2025120200439, "detector": 10}},
        {"data_id": {"visit": 2025120200439, "detector": 999}},
        {"data_id": {"visit": 1.5, "detector": 10}},
    ],
}
FIND_RESPONSE = {
    "items": [
        {"outcome": "found", "dataset": _DATASET},
        {"outcome": "absent"},
        _REFUSED,
    ],
    "dataset_types": _DATASET_TYPES,
}
GET_REQUEST = {"items": [{"id": _ID}, {"id": "00000000-0000-0000-0000-000000000001"}]}
GET_RESPONSE = {
    "items": [
        {
            "outcome": "found",
            "dataset": _DATASET,
            "files": [
                {
                    "url": "https://data.example/api/butler/repo/demo/files/0/"
                    "LSSTCam/runs/demo/source_table.parq"
                    "?Signature=c2lnbmF0dXJl&Expires=1795300000",
                    "size": 10240,
                    "media_type": "application/vnd.apache.parquet",
                    "expires": "2026-11-21T22:26:40Z",
                    "component": "table",
                    "formatter": "lsst.daf.butler.formatters.parquet.ParquetFormatter",
                    "storage_class": "ArrowAstropy",
                    "path": "LSSTCam/runs/demo/source_table.parq",
                }
            ],
        },
        {"outcome": "absent"},
    ],
    "dataset_types": _DATASET_TYPES,
}
