package io.github.mcpsession.session;

/**
 * How many SSE streams are open on this node.
 *
 * @param calls by which calls are answered
 * @param listening by which clients listen
 * @param resumed by which clients get the rest of a call
 */
public record OpenStreams(int calls, int listening, int resumed) {

	public static final OpenStreams NONE = new OpenStreams(0, 0, 0);

	public OpenStreams plus(OpenStreams more) {
		return new OpenStreams(this.calls + more.calls, this.listening + more.listening, this.resumed + more.resumed);
	}

}
