/** The constants of a parse tree, behind a fence that notices whoever looks at their values. Mutable, for templates.ts. */
import type { JsonObject } from "./parser.ts";

export class Holes {
  #read = false;
  #open = true;

  /** Has anything looked at a value? */
  get read(): boolean {
    return this.#read;
  }

  /** What stands in the tree instead of a value. */
  over(value: JsonObject): JsonObject {
    const look = <T>(result: T): T => {
      this.#read = true;
      if (!this.#open) throw new ShutLiteral("a template's literal was looked at");
      return result;
    };
    return new Proxy<JsonObject>(value, {
      get: (target, name) => look(typeof name === "string" && Object.hasOwn(target, name) ? target[name] : undefined),
      has: (target, name) => look(Object.hasOwn(target, name)),
      ownKeys: (target) => look(Reflect.ownKeys(target)),
      getOwnPropertyDescriptor: (target, name) => look(Reflect.getOwnPropertyDescriptor(target, name)),
      getPrototypeOf: (target) => look(Reflect.getPrototypeOf(target)),
      isExtensible: (target) => look(Reflect.isExtensible(target)),
      set: () => look(false),
      defineProperty: () => look(false),
      deleteProperty: () => look(false),
      setPrototypeOf: () => look(false),
      preventExtensions: () => look(false),
    });
  }

  /** From now on whoever looks gets an error. */
  shut(): void {
    this.#open = false;
  }
}

/** Something needs a literal of a tree that stands for many texts: what it works out would be right for one of them. */
export class ShutLiteral extends TypeError {}
