"""The protocol's documented examples: requests, and the answers they get.

They are about the data set `base`, whose UUIDs are fixed.
"""

from typing import Any

BIAS = "e15ab039-bc8b-4135-87c5-90902a7c0b22"
BIAS_TYPE = {
    "name": "bias",
    "storageClass": "Exposure",
    "dimensions": ["instrument", "detector"],
    "parentStorageClass": None,
    "isCalibration": True,
}
BIAS_REF = {
    "id": BIAS,
    "datasetType": BIAS_TYPE,
    "dataId": {"dataId": {"instrument": "Cam1", "detector": 1}, "records": None},
    "run": "imported_g",
    "component": None,
}
RECORDS = {
    "instrument": {
        "definition": "instrument",
        "record": {
            "name": "Cam1",
            "visit_max": 1024,
            "visit_system": 1,
            "exposure_max": 512,
            "detector_max": 4,
            "class_name": "lsst.pipe.base.Instrument",
        },
    },
    "detector": {
        "definition": "detector",
        "record": {
            "instrument": "Cam1",
            "id": 1,
            "full_name": "Aa",
            "name_in_raft": "a",
            "raft": "A",
            "purpose": "SCIENCE",
        },
    },
}
COLLECTION_QUERY: dict[str, Any] = {
    "expression": ["*"],
    "collection_types": [1, 2, 3, 4],
    "flatten_chains": False,
    "include_chains": True,
    "include_parents": True,
    "include_summary": True,
    "include_doc": True,
    "summary_datasets": None,
}
FIND: dict[str, Any] = {
    "dataset_type": "bias",
    "data_id": {"instrument": "Cam1", "detector": 1},
    "default_data_id": {},
    "collections": ["imported_g"],
    "timespan": None,
    "dimension_records": False,
}
GET_FILE = {key: FIND[key] for key in ("dataset_type", "data_id", "collections")}
