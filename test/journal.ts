/** One call to a binding: `kv.getWithMetadata`, `cache.match`, `bucket.get` … */
export type Call = { name: string; args: unknown[] };

/** What happens instead of a call; undefined lets the call through. */
export type Fault = (call: Call) => { throws: Error } | { returns: unknown } | undefined;

/** Writes down what is asked of real bindings, and lets a test make them fail, lag or lie. */
export class Journal {
  calls: string[] = [];
  fault: Fault = () => undefined;

  /** Returns `target` with each method call noted as `<name>.<method>`. */
  observe<T extends object>(name: string, target: T): T {
    return new Proxy(target, {
      get: (object, property) => {
        const member: unknown = Reflect.get(object, property, object);
        if (typeof member !== "function") return member;
        return async (...args: unknown[]) => {
          const call = { name: `${name}.${String(property)}`, args };
          this.calls.push(call.name);
          const fault = this.fault(call);
          if (fault && "throws" in fault) throw fault.throws;
          if (fault) return fault.returns;
          return Reflect.apply(member, object, args);
        };
      },
    });
  }

  /** The calls since the last time this was asked. */
  take(): string[] {
    const calls = this.calls;
    this.calls = [];
    return calls;
  }
}
