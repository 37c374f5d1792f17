/** The front: HTTP and WebSocket clients of an OpenAI-compatible API, as messages of the pipeline. */
@NullMarked
package dev.sluice.front;

import org.jspecify.annotations.NullMarked;
