package io.github.mcpsession.samples.conformance;

import io.modelcontextprotocol.spec.McpSchema.AudioContent;
import io.modelcontextprotocol.spec.McpSchema.ImageContent;

/**
 * The smallest picture and the shortest sound.
 */
final class Media {

	/**
	 * One red pixel.
	 */
	static final String PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";

	/**
	 * One sample of silence.
	 */
	static final String WAV = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAAAAA==";

	private Media() {
	}

	static ImageContent image() {
		return ImageContent.builder(PNG, "image/png").build();
	}

	static AudioContent audio() {
		return AudioContent.builder(WAV, "audio/wav").build();
	}

}
