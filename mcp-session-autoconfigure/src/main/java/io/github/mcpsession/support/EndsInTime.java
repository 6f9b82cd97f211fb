package io.github.mcpsession.support;

/**
 * May be implemented by a part of a backend whose calls end by themselves within the time
 * that a call to the store may take, so that they need no thread of their own.
 */
public interface EndsInTime {

	/**
	 * Whether they do. Always the same.
	 * @return whether no call takes longer, once one has succeeded
	 */
	boolean endsInTime();

}
