// What the device keeps: IndexedDB with promises. Whatever belongs together is written in one transaction.

const STORES = {
  // Single facts by their names: device, shift, clock, codes, list, taken_until, head.
  facts: {},
  // Signed records by their number.
  records: { keyPath: "n" },
  // What has happened at this device to each ticket.
  standings: { keyPath: "ticket" },
  // Sealed photographs of this lane, as they came.
  photographs: { autoIncrement: true },
};

/** Opens the device's database, made where it is not there yet. */
export function openDatabase(name = "dawr gate") {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => {
    for (const [store, options] of Object.entries(STORES)) opening.result.createObjectStore(store, options);
  };
  return finished(opening);
}

/** One value, or undefined. */
export function read(database, store, key) {
  return finished(database.transaction(store).objectStore(store).get(key));
}

/** Values in the order of their keys, within a range if one is given, and at most `count`. */
export function readAll(database, store, range, count) {
  return finished(database.transaction(store).objectStore(store).getAll(range, count));
}

/**
 * Makes all changes or none, and returns when they are on the disk.
 * A change is ["put", store, value, key], ["add", store, value], ["delete", store, key or range] or ["clear", store].
 */
export function write(database, changes) {
  const stores = [...new Set(changes.map(([, store]) => store))];
  const transaction = database.transaction(stores, "readwrite", { durability: "strict" });
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
    for (const [change, store, ...given] of changes) {
      transaction.objectStore(store)[change](...given.filter((each) => each !== undefined));
    }
  });
}

function finished(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
