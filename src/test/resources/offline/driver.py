"""Runs cells as the kernel would, without its walls: one JSON object per line in, one per line out."""
import contextlib
import io
import json
import sys
import traceback


def send(message):
    sys.__stdout__.write(json.dumps(message) + '\n')
    sys.__stdout__.flush()


def receive():
    line = sys.stdin.readline()
    return json.loads(line) if line else sys.exit()


def llm_batch(prompts):
    send({'prompts': prompts})
    return receive()['answers']


def set_answer(text):
    answer.update(content=text, ready=True)


answer = {'content': '', 'ready': False}
variables = dict(receive(), llm_batch=llm_batch, set_answer=set_answer, answer=answer)
while True:
    code, output, error = receive()['code'], io.StringIO(), False
    try:
        with contextlib.redirect_stdout(output):
            exec(compile(code, 'cell', 'exec'), variables)
    except Exception:
        output.write(traceback.format_exc())
        error = True
    send({'output': output.getvalue(), 'error': error, 'answer': answer['content'], 'ready': answer['ready']})
