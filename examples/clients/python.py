# The official SDK for Python against the front: pip install openai, then
#   SLUICE=http://127.0.0.1:8080/v1 KEY=… python3 python.py
import os
import time

import openai

client = openai.OpenAI(base_url=os.environ.get("SLUICE", "http://127.0.0.1:8080/v1"), api_key=os.environ.get("KEY", "none"))


def ask(model, text, **more):
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}], **more)


print("whole      ", ask("sandbox-echo", "What is a sluice?").choices[0].message.content)

text = ""
for chunk in ask("sandbox-echo", "one two three", stream=True, stream_options={"include_usage": True}):
    text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
    text += f" ({chunk.usage.total_tokens} tokens)" if chunk.usage else ""
print("stream     ", text)

print("response   ", client.responses.create(model="sandbox-echo", input="a response").output_text)
print("embedding  ", len(client.embeddings.create(model="any", input="hello").data[0].embedding), "numbers")
print("models     ", ", ".join([model.id for model in client.models.list()][:3]))

for model in ["sandbox-400", "sandbox-quota", "sandbox-500"]:
    begun = time.time()
    try:
        ask(model, "x")
    except openai.APIStatusError as error:
        quick = "not tried again and again" if time.time() - begun < 20 else "slow"
        print("error      ", model, type(error).__name__, error.status_code, error.code, quick)

try:
    for chunk in ask("sandbox-cut", "one two three four", stream=True):
        pass
    print("cut         taken for whole")
except openai.APIError as error:
    print("cut        ", type(error).__name__, error.code)

with ask("sandbox-slow", "x " * 50, stream=True) as stream:
    for chunk in stream:
        if chunk.choices:
            break
print("abort       closed, which ends the call")


def once():
    return client.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": "bill once"}],
        extra_headers={"Idempotency-Key": f"order-{os.getpid()}"},
    )


print("once       ", once().id == once().id)
