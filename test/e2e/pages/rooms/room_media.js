// The cameras, microphones and screens of a page. A camera and a microphone are opened once; a canvas plays the screen, since
// a browser without a window has none to share, and a tone the voice, since the microphone of a test only clicks.

const opened = new Map();

/** A track for a source; each call for a canvas draws a new one. */
export async function openTrack(source, { width = 640, height = 360, frameRate = 15 } = {}) {
  if (source.startsWith("screen")) return drawTrack(width, height, frameRate);
  if (source === "voice") return await speakTrack();
  const key = `${source} ${width}`;
  if (!opened.has(key)) opened.set(key, capture(source, width, height, frameRate));
  // A track of its own for each use: stopping one leaves the device to the next.
  return (await opened.get(key)).clone();
}

async function capture(source, width, height, frameRate) {
  const video = { width, height, frameRate };
  const isAudio = source === "microphone";
  const stream = await navigator.mediaDevices.getUserMedia(isAudio ? { audio: true } : { video });
  return stream.getTracks()[0];
}

/** A tone with a pause each second, loud enough for speech. */
async function speakTrack() {
  const context = new AudioContext();
  const destination = context.createMediaStreamDestination();
  const gain = new GainNode(context, { gain: 0.3 });
  const tone = new OscillatorNode(context, { frequency: 300 });
  tone.connect(gain).connect(destination);
  tone.start();
  const pace = new OscillatorNode(context, { type: "square", frequency: 1 });
  pace.connect(new GainNode(context, { gain: 0.2 })).connect(gain.gain);
  pace.start();
  await context.resume();
  return destination.stream.getTracks()[0];
}

function drawTrack(width, height, frameRate) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  let frame = 0;
  const timer = setInterval(() => {
    context.fillStyle = `hsl(${(frame++ * 7) % 360} 80% 50%)`;
    context.fillRect(0, 0, width, height);
    context.fillStyle = "white";
    context.fillRect((frame * 11) % width, (frame * 5) % height, 40, 40);
  }, 1000 / frameRate);
  const [track] = canvas.captureStream(frameRate).getTracks();
  const stop = track.stop.bind(track);
  track.stop = () => {
    clearInterval(timer);
    stop();
  };
  return track;
}
