package io.github.mcpsession.samples.failover;

/**
 * What the counting tool answers.
 *
 * @param count how many calls there were in this session
 * @param node the server that counted
 * @param session the session id as the tool sees it
 */
record Visit(int count, String node, String session) {
}
