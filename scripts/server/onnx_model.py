"""A model of MLServer that does nothing but call onnxruntime. `parameters.extra.providers` and threads are the defaults;
DELAY_MS, FAIL_AFTER and EXIT_AFTER in the environment make it slow, answer errors, or die, for tests of the client."""

import asyncio
import os

import numpy as np
import onnxruntime as ort
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.errors import MLServerError
from mlserver.types import InferenceRequest, InferenceResponse


class OnnxModel(MLModel):
    async def load(self) -> bool:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = ort.InferenceSession(self.settings.parameters.uri, options, providers=["CPUExecutionProvider"])
        self.answered = 0
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        self.answered += 1
        if self.answered > int(os.environ.get("EXIT_AFTER", "1000000000")):
            os._exit(9)
        if self.answered > int(os.environ.get("FAIL_AFTER", "1000000000")):
            raise MLServerError("no luck", 500)
        await asyncio.sleep(float(os.environ.get("DELAY_MS", "0")) / 1000)
        feeds = {tensor.name: NumpyCodec.decode_input(tensor) for tensor in payload.inputs}
        outputs = self.session.run(None, feeds)
        return InferenceResponse(
            model_name=self.name,
            outputs=[
                NumpyCodec.encode_output(name=output.name, payload=np.asarray(value))
                for output, value in zip(self.session.get_outputs(), outputs)
            ],
        )
