// Three workers compute; timers and the file system meanwhile.
const { Worker, isMainThread, parentPort } = require("node:worker_threads");

if (isMainThread) {
  let [ended, sum, ticks] = [0, 0, 0];
  const timer = setInterval(() => ticks++, 2);
  for (let i = 0; i < 3; i++) {
    const worker = new Worker(__filename);
    worker.on("message", (value) => {
      sum += value;
      if (++ended < 3) return;
      clearInterval(timer);
      require("node:fs").readFile(__filename, (error, data) =>
        console.log(sum, ticks, data.length, Math.random(), process.hrtime.bigint()));
    });
    worker.postMessage(i);
  }
} else {
  parentPort.once("message", (i) => {
    let sum = 0;
    for (let k = 0; k < 1e6; k++) sum = (sum * 31 + k + i) % 1000003;
    parentPort.postMessage(sum);
  });
}
