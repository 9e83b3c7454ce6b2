export const id = 426;
export const ids = [426];
export const modules = {

/***/ 53995:
/***/ ((module, __unused_webpack_exports, __webpack_require__) => {

var PgQueryModule=(()=>{var _scriptName=globalThis.document?.currentScript?.src;return async function(moduleArg={}){var Module=moduleArg;var ENVIRONMENT_IS_WEB=!!globalThis.window;var ENVIRONMENT_IS_WORKER=!!globalThis.WorkerGlobalScope;var ENVIRONMENT_IS_NODE=globalThis.process?.versions?.node&&globalThis.process?.type!="renderer";var programArgs=[];var thisProgram="./this.program";var quit_=(status,toThrow)=>{throw toThrow};if(typeof __filename!="undefined"){_scriptName=__filename}else if(ENVIRONMENT_IS_WORKER){_scriptName=self.location.href}var scriptDirectory="";function locateFile(path){if(Module["locateFile"]){return Module["locateFile"](path,scriptDirectory)}return scriptDirectory+path}var readAsync,readBinary;if(ENVIRONMENT_IS_NODE){var fs=__webpack_require__(73024);scriptDirectory=__dirname+"/";readBinary=filename=>{filename=isFileURI(filename)?new URL(filename):filename;var ret=fs.readFileSync(filename);return ret};readAsync=async(filename,binary=true)=>{filename=isFileURI(filename)?new URL(filename):filename;var ret=fs.readFileSync(filename,binary?undefined:"utf8");return ret};if(process.argv.length>1){thisProgram=process.argv[1].replace(/\\/g,"/")}programArgs=process.argv.slice(2);quit_=(status,toThrow)=>{process.exitCode=status;throw toThrow}}else if(ENVIRONMENT_IS_WEB||ENVIRONMENT_IS_WORKER){try{scriptDirectory=new URL(".",_scriptName).href}catch{}{if(ENVIRONMENT_IS_WORKER){readBinary=url=>{var xhr=new XMLHttpRequest;xhr.open("GET",url,false);xhr.responseType="arraybuffer";xhr.send(null);return new Uint8Array(xhr.response)}}readAsync=async url=>{var response=await fetch(url,{credentials:"same-origin"});if(response.ok){return response.arrayBuffer()}throw new Error(response.status+" : "+response.url)}}}else{}var out=console.log.bind(console);var err=console.error.bind(console);var wasmBinary;var ABORT=false;var EXITSTATUS;var isFileURI=filename=>filename.startsWith("file://");class EmscriptenEH{}class EmscriptenSjLj extends EmscriptenEH{}var runtimeInitialized=false;function getMemoryBuffer(){return wasmMemory.buffer}function updateMemoryViews(){if(HEAP8?.buffer?.resizable)return;var b=getMemoryBuffer();HEAP8=new Int8Array(b);HEAP16=new Int16Array(b);Module["HEAPU8"]=HEAPU8=new Uint8Array(b);HEAPU16=new Uint16Array(b);HEAP32=new Int32Array(b);Module["HEAPU32"]=HEAPU32=new Uint32Array(b);HEAPF32=new Float32Array(b);HEAPF64=new Float64Array(b);HEAP64=new BigInt64Array(b);HEAPU64=new BigUint64Array(b)}function preRun(){var preRun=Module["preRun"];if(preRun){if(typeof preRun=="function")preRun=[preRun];onPreRuns.push(...preRun)}callRuntimeCallbacks(onPreRuns)}function initRuntime(){runtimeInitialized=true;if(!Module["noFSInit"]&&!FS.initialized)FS.init();TTY.init();wasmExports["A"]();FS.ignorePermissions=false}function postRun(){var postRun=Module["postRun"];if(postRun){if(typeof postRun=="function")postRun=[postRun];onPostRuns.push(...postRun)}callRuntimeCallbacks(onPostRuns)}function abort(what){Module["onAbort"]?.(what);what=`Aborted(${what})`;err(what);ABORT=true;what+=". Build with -sASSERTIONS for more info.";var e=new WebAssembly.RuntimeError(what);throw e}var wasmBinaryFile;function findWasmBinary(){return locateFile("libpg-query.wasm")}function getBinarySync(file){if(readBinary){return readBinary(file)}throw"both async and sync fetching of the wasm failed"}async function getWasmBinary(binaryFile){if(!wasmBinary){try{var response=await readAsync(binaryFile);return new Uint8Array(response)}catch{}}return getBinarySync(binaryFile)}async function instantiateArrayBuffer(binaryFile,imports){try{var binary=await getWasmBinary(binaryFile);var instance=await WebAssembly.instantiate(binary,imports);return instance}catch(reason){err(`failed to asynchronously prepare wasm: ${reason}`);abort(reason)}}async function instantiateAsync(binary,binaryFile,imports){if(!binary&&!ENVIRONMENT_IS_NODE){try{var response=fetch(binaryFile,{credentials:"same-origin"});var instantiationResult=await WebAssembly.instantiateStreaming(response,imports);return instantiationResult}catch(reason){err(`wasm streaming compile failed: ${reason}`);err("falling back to ArrayBuffer instantiation")}}return instantiateArrayBuffer(binaryFile,imports)}function getWasmImports(){var imports={a:wasmImports};return imports}async function createWasm(){function receiveInstance(instance){wasmExports=instance.exports;assignWasmExports(wasmExports);updateMemoryViews();return wasmExports}function receiveInstantiationResult(result){return receiveInstance(result["instance"])}var info=getWasmImports();var instantiateWasm=Module["instantiateWasm"];if(instantiateWasm){return new Promise(resolve=>{instantiateWasm(info,inst=>resolve(receiveInstance(inst)))})}wasmBinaryFile??=findWasmBinary();var result=await instantiateAsync(wasmBinary,wasmBinaryFile,info);var exports=receiveInstantiationResult(result);return exports}class ExitStatus{name="ExitStatus";constructor(status){this.message=`Program terminated with exit(${status})`;this.status=status}}var HEAP16;var HEAP32;var HEAP64;var HEAP8;var HEAPF32;var HEAPF64;var HEAPU16;var HEAPU32;var HEAPU64;var HEAPU8;var callRuntimeCallbacks=callbacks=>{while(callbacks.length>0){callbacks.shift()(Module)}};var onPostRuns=[];var onPreRuns=[];function getValue(ptr,type="i8"){if(type.endsWith("*"))type="*";switch(type){case"i1":return HEAP8[ptr];case"i8":return HEAP8[ptr];case"i16":return HEAP16[ptr>>1];case"i32":return HEAP32[ptr>>2];case"i64":return HEAP64[ptr>>3];case"float":return HEAPF32[ptr>>2];case"double":return HEAPF64[ptr>>3];case"*":return HEAPU32[ptr>>2];default:abort(`invalid type for getValue: ${type}`)}}var noExitRuntime=true;var stackRestore=val=>__emscripten_stack_restore(val);var stackSave=()=>_emscripten_stack_get_current();var UTF8Decoder=globalThis.TextDecoder&&new TextDecoder;var findStringEnd=(heapOrArray,idx,maxBytesToRead,ignoreNul)=>{var maxIdx=idx+maxBytesToRead;if(ignoreNul)return maxIdx;while(heapOrArray[idx]&&!(idx>=maxIdx))++idx;return idx};var UTF8ArrayToString=(heapOrArray,idx=0,maxBytesToRead,ignoreNul)=>{var endPtr=findStringEnd(heapOrArray,idx,maxBytesToRead,ignoreNul);if(endPtr-idx>16&&heapOrArray.buffer&&UTF8Decoder){return UTF8Decoder.decode(heapOrArray.subarray(idx,endPtr))}var str="";while(idx<endPtr){var u0=heapOrArray[idx++];if(!(u0&128)){str+=String.fromCharCode(u0);continue}var u1=heapOrArray[idx++]&63;if((u0&224)==192){str+=String.fromCharCode((u0&31)<<6|u1);continue}var u2=heapOrArray[idx++]&63;if((u0&240)==224){u0=(u0&15)<<12|u1<<6|u2}else{u0=(u0&7)<<18|u1<<12|u2<<6|heapOrArray[idx++]&63}if(u0<65536){str+=String.fromCharCode(u0)}else{var ch=u0-65536;str+=String.fromCharCode(55296|ch>>10,56320|ch&1023)}}return str};var UTF8ToString=(ptr,maxBytesToRead,ignoreNul)=>ptr?UTF8ArrayToString(HEAPU8,ptr,maxBytesToRead,ignoreNul):"";var ___assert_fail=(condition,filename,line,func)=>abort(`Assertion failed: ${UTF8ToString(condition)}, at: `+[filename?UTF8ToString(filename):"unknown filename",line,func?UTF8ToString(func):"unknown function"]);var __abort_js=()=>abort("");var runtimeKeepaliveCounter=0;var __emscripten_runtime_keepalive_clear=()=>{noExitRuntime=false;runtimeKeepaliveCounter=0};var __emscripten_throw_longjmp=()=>{throw new EmscriptenSjLj};var timers={};var handleException=e=>{if(e instanceof ExitStatus||e=="unwind"){return EXITSTATUS}quit_(1,e)};var keepRuntimeAlive=()=>noExitRuntime||runtimeKeepaliveCounter>0;var _proc_exit=code=>{EXITSTATUS=code;if(!keepRuntimeAlive()){Module["onExit"]?.(code);ABORT=true}quit_(code,new ExitStatus(code))};var exitJS=(status,implicit)=>{EXITSTATUS=status;_proc_exit(status)};var _exit=exitJS;var maybeExit=()=>{if(!keepRuntimeAlive()){try{_exit(EXITSTATUS)}catch(e){handleException(e)}}};var callUserCallback=func=>{if(ABORT){return}try{return func()}catch(e){handleException(e)}finally{maybeExit()}};var _emscripten_get_now=()=>performance.now();var __setitimer_js=(which,timeout_ms)=>{if(timers[which]){clearTimeout(timers[which].id);delete timers[which]}if(!timeout_ms)return 0;var id=setTimeout(()=>{delete timers[which];callUserCallback(()=>__emscripten_timeout(which,_emscripten_get_now()))},timeout_ms);timers[which]={id,timeout_ms};return 0};var getHeapMax=()=>1073741824;var alignMemory=(size,alignment)=>Math.ceil(size/alignment)*alignment;var growMemory=size=>{var oldHeapSize=wasmMemory.buffer.byteLength;var pages=(size-oldHeapSize+65535)/65536|0;try{wasmMemory.grow(pages);updateMemoryViews();return 1}catch(e){}};var _emscripten_resize_heap=requestedSize=>{var oldSize=HEAPU8.length;requestedSize>>>=0;var maxHeapSize=getHeapMax();if(requestedSize>maxHeapSize){return false}for(var cutDown=1;cutDown<=4;cutDown*=2){var overGrownHeapSize=oldSize*(1+.2/cutDown);overGrownHeapSize=Math.min(overGrownHeapSize,requestedSize+100663296);var newSize=Math.min(maxHeapSize,alignMemory(Math.max(requestedSize,overGrownHeapSize),65536));var replacement=growMemory(newSize);if(replacement){return true}}return false};var PATH={isAbs:path=>path.charAt(0)==="/",splitPath:filename=>{var splitPathRe=/^(\/?|)([\s\S]*?)((?:\.{1,2}|[^\/]+?|)(\.[^.\/]*|))(?:[\/]*)$/;return splitPathRe.exec(filename).slice(1)},normalizeArray:(parts,allowAboveRoot)=>{var up=0;for(var i=parts.length-1;i>=0;i--){var last=parts[i];if(last==="."){parts.splice(i,1)}else if(last===".."){parts.splice(i,1);up++}else if(up){parts.splice(i,1);up--}}if(allowAboveRoot){for(;up;up--){parts.unshift("..")}}return parts},normalize:path=>{var isAbsolute=PATH.isAbs(path),trailingSlash=path.slice(-1)==="/";path=PATH.normalizeArray(path.split("/").filter(p=>!!p),!isAbsolute).join("/");if(!path&&!isAbsolute){path="."}if(path&&trailingSlash){path+="/"}return(isAbsolute?"/":"")+path},dirname:path=>{var result=PATH.splitPath(path),root=result[0],dir=result[1];if(!root&&!dir){return"."}if(dir){dir=dir.slice(0,-1)}return root+dir},basename:path=>path&&path.match(/([^\/]+|\/)\/*$/)[1],join:(...paths)=>PATH.normalize(paths.join("/")),join2:(l,r)=>PATH.normalize(l+"/"+r)};var initRandomFill=()=>{if(ENVIRONMENT_IS_NODE){var nodeCrypto=__webpack_require__(77598);return view=>(nodeCrypto.randomFillSync(view),0)}return view=>(crypto.getRandomValues(view),0)};var randomFill=view=>(randomFill=initRandomFill())(view);var PATH_FS={resolve:(...args)=>{var resolvedPath="",resolvedAbsolute=false;for(var i=args.length-1;i>=-1&&!resolvedAbsolute;i--){var path=i>=0?args[i]:FS.cwd();if(typeof path!="string"){throw new TypeError("Arguments to path.resolve must be strings")}else if(!path){return""}resolvedPath=path+"/"+resolvedPath;resolvedAbsolute=PATH.isAbs(path)}resolvedPath=PATH.normalizeArray(resolvedPath.split("/").filter(p=>!!p),!resolvedAbsolute).join("/");return(resolvedAbsolute?"/":"")+resolvedPath||"."},relative:(from,to)=>{from=PATH_FS.resolve(from).slice(1);to=PATH_FS.resolve(to).slice(1);function trim(arr){var start=0;for(;start<arr.length;start++){if(arr[start]!=="")break}var end=arr.length-1;for(;end>=0;end--){if(arr[end]!=="")break}if(start>end)return[];return arr.slice(start,end-start+1)}var fromParts=trim(from.split("/"));var toParts=trim(to.split("/"));var length=Math.min(fromParts.length,toParts.length);var samePartsLength=length;for(var i=0;i<length;i++){if(fromParts[i]!==toParts[i]){samePartsLength=i;break}}var outputParts=[];for(var i=samePartsLength;i<fromParts.length;i++){outputParts.push("..")}outputParts=outputParts.concat(toParts.slice(samePartsLength));return outputParts.join("/")}};var FS_stdin_getChar_buffer=[];var lengthBytesUTF8=str=>{var len=0;for(var i=0;i<str.length;++i){var c=str.charCodeAt(i);if(c<=127){len++}else if(c<=2047){len+=2}else if(c>=55296&&c<=57343){len+=4;++i}else{len+=3}}return len};var stringToUTF8Array=(str,heap,outIdx,maxBytesToWrite)=>{if(!(maxBytesToWrite>0))return 0;var startIdx=outIdx;var endIdx=outIdx+maxBytesToWrite-1;for(var i=0;i<str.length;++i){var u=str.codePointAt(i);if(u<=127){if(outIdx>=endIdx)break;heap[outIdx++]=u}else if(u<=2047){if(outIdx+1>=endIdx)break;heap[outIdx++]=192|u>>6;heap[outIdx++]=128|u&63}else if(u<=65535){if(outIdx+2>=endIdx)break;heap[outIdx++]=224|u>>12;heap[outIdx++]=128|u>>6&63;heap[outIdx++]=128|u&63}else{if(outIdx+3>=endIdx)break;heap[outIdx++]=240|u>>18;heap[outIdx++]=128|u>>12&63;heap[outIdx++]=128|u>>6&63;heap[outIdx++]=128|u&63;i++}}heap[outIdx]=0;return outIdx-startIdx};var intArrayFromString=(stringy,dontAddNull,length)=>{var len=length>0?length:lengthBytesUTF8(stringy)+1;var u8array=new Array(len);var numBytesWritten=stringToUTF8Array(stringy,u8array,0,u8array.length);if(dontAddNull)u8array.length=numBytesWritten;return u8array};var FS_stdin_getChar=()=>{if(!FS_stdin_getChar_buffer.length){var result=null;if(ENVIRONMENT_IS_NODE){var BUFSIZE=256;var buf=Buffer.alloc(BUFSIZE);var bytesRead=0;var fd=process.stdin.fd;try{bytesRead=fs.readSync(fd,buf,0,BUFSIZE)}catch(e){if(e.toString().includes("EOF"))bytesRead=0;else throw e}if(bytesRead>0){result=buf.slice(0,bytesRead).toString("utf-8")}}else if(globalThis.window?.prompt){result=window.prompt("Input: ");if(result!==null){result+="\n"}}else{}if(!result){return null}FS_stdin_getChar_buffer=intArrayFromString(result,true)}return FS_stdin_getChar_buffer.shift()};var TTY={ttys:[],init(){},shutdown(){},register(dev,ops){TTY.ttys[dev]={input:[],output:[],ops};FS.registerDevice(dev,TTY.stream_ops)},stream_ops:{open(stream){var tty=TTY.ttys[stream.node.rdev];if(!tty){throw new FS.ErrnoError(43)}stream.tty=tty;stream.seekable=false},close(stream){stream.tty.ops.fsync(stream.tty)},fsync(stream){stream.tty.ops.fsync(stream.tty)},read(stream,buffer,offset,length,pos){if(!stream.tty||!stream.tty.ops.get_char){throw new FS.ErrnoError(60)}var bytesRead=0;for(var i=0;i<length;i++){var result;try{result=stream.tty.ops.get_char(stream.tty)}catch(e){throw new FS.ErrnoError(29)}if(result===undefined&&bytesRead===0){throw new FS.ErrnoError(6)}if(result===null||result===undefined)break;bytesRead++;buffer[offset+i]=result}if(bytesRead){stream.node.atime=Date.now()}return bytesRead},write(stream,buffer,offset,length,pos){if(!stream.tty||!stream.tty.ops.put_char){throw new FS.ErrnoError(60)}try{for(var i=0;i<length;i++){stream.tty.ops.put_char(stream.tty,buffer[offset+i])}}catch(e){throw new FS.ErrnoError(29)}if(length){stream.node.mtime=stream.node.ctime=Date.now()}return i}},default_tty_ops:{get_char(tty){return FS_stdin_getChar()},put_char(tty,val){if(val===null||val===10){out(UTF8ArrayToString(tty.output));tty.output=[]}else{if(val!=0)tty.output.push(val)}},fsync(tty){if(tty.output?.length>0){out(UTF8ArrayToString(tty.output));tty.output=[]}},ioctl_tcgets(tty){return{c_iflag:25856,c_oflag:5,c_cflag:191,c_lflag:35387,c_cc:[3,28,127,21,4,0,1,0,17,19,26,0,18,15,23,22,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}},ioctl_tcsets(tty,optional_actions,data){return 0},ioctl_tiocgwinsz(tty){return[24,80]}},default_tty1_ops:{put_char(tty,val){if(val===null||val===10){err(UTF8ArrayToString(tty.output));tty.output=[]}else{if(val!=0)tty.output.push(val)}},fsync(tty){if(tty.output?.length>0){err(UTF8ArrayToString(tty.output));tty.output=[]}}}};var mmapAlloc=size=>{abort()};var MEMFS={ops_table:null,mount(mount){return MEMFS.createNode(null,"/",16895,0)},createNode(parent,name,mode,dev){if(FS.isBlkdev(mode)||FS.isFIFO(mode)){throw new FS.ErrnoError(63)}MEMFS.ops_table||={dir:{node:{getattr:MEMFS.node_ops.getattr,setattr:MEMFS.node_ops.setattr,lookup:MEMFS.node_ops.lookup,mknod:MEMFS.node_ops.mknod,rename:MEMFS.node_ops.rename,unlink:MEMFS.node_ops.unlink,rmdir:MEMFS.node_ops.rmdir,readdir:MEMFS.node_ops.readdir,symlink:MEMFS.node_ops.symlink},stream:{llseek:MEMFS.stream_ops.llseek}},file:{node:{getattr:MEMFS.node_ops.getattr,setattr:MEMFS.node_ops.setattr},stream:{llseek:MEMFS.stream_ops.llseek,read:MEMFS.stream_ops.read,write:MEMFS.stream_ops.write,mmap:MEMFS.stream_ops.mmap,msync:MEMFS.stream_ops.msync}},link:{node:{getattr:MEMFS.node_ops.getattr,setattr:MEMFS.node_ops.setattr,readlink:MEMFS.node_ops.readlink},stream:{}},chrdev:{node:{getattr:MEMFS.node_ops.getattr,setattr:MEMFS.node_ops.setattr},stream:FS.chrdev_stream_ops}};var node=FS.createNode(parent,name,mode,dev);if(FS.isDir(node.mode)){node.node_ops=MEMFS.ops_table.dir.node;node.stream_ops=MEMFS.ops_table.dir.stream;node.contents={}}else if(FS.isFile(node.mode)){node.node_ops=MEMFS.ops_table.file.node;node.stream_ops=MEMFS.ops_table.file.stream;node.usedBytes=0;node.contents=MEMFS.emptyFileContents??=new Uint8Array(0)}else if(FS.isLink(node.mode)){node.node_ops=MEMFS.ops_table.link.node;node.stream_ops=MEMFS.ops_table.link.stream}else if(FS.isChrdev(node.mode)){node.node_ops=MEMFS.ops_table.chrdev.node;node.stream_ops=MEMFS.ops_table.chrdev.stream}node.atime=node.mtime=node.ctime=Date.now();if(parent){parent.contents[name]=node;parent.atime=parent.mtime=parent.ctime=node.atime}return node},getFileDataAsTypedArray(node){return node.contents.subarray(0,node.usedBytes)},expandFileStorage(node,newCapacity){var prevCapacity=node.contents.length;if(prevCapacity>=newCapacity)return;var CAPACITY_DOUBLING_MAX=1024*1024;newCapacity=Math.max(newCapacity,prevCapacity*(prevCapacity<CAPACITY_DOUBLING_MAX?2:1.125)>>>0);if(prevCapacity)newCapacity=Math.max(newCapacity,256);var oldContents=MEMFS.getFileDataAsTypedArray(node);node.contents=new Uint8Array(newCapacity);node.contents.set(oldContents)},resizeFileStorage(node,newSize){if(node.usedBytes==newSize)return;var oldContents=node.contents;node.contents=new Uint8Array(newSize);node.contents.set(oldContents.subarray(0,Math.min(newSize,node.usedBytes)));node.usedBytes=newSize},node_ops:{getattr(node){var attr={};attr.dev=FS.isChrdev(node.mode)?node.id:1;attr.ino=node.id;attr.mode=node.mode;attr.nlink=1;attr.uid=0;attr.gid=0;attr.rdev=node.rdev;if(FS.isDir(node.mode)){attr.size=4096}else if(FS.isFile(node.mode)){attr.size=node.usedBytes}else if(FS.isLink(node.mode)){attr.size=node.link.length}else{attr.size=0}attr.atime=new Date(node.atime);attr.mtime=new Date(node.mtime);attr.ctime=new Date(node.ctime);attr.blksize=4096;attr.blocks=Math.ceil(attr.size/attr.blksize);return attr},setattr(node,attr){for(const key of["mode","atime","mtime","ctime"]){if(attr[key]!=null){node[key]=attr[key]}}if(attr.size!==undefined){MEMFS.resizeFileStorage(node,attr.size)}},lookup(parent,name){if(!MEMFS.doesNotExistError){MEMFS.doesNotExistError=new FS.ErrnoError(44);MEMFS.doesNotExistError.stack="<generic error, no stack>"}throw MEMFS.doesNotExistError},mknod(parent,name,mode,dev){return MEMFS.createNode(parent,name,mode,dev)},rename(old_node,new_dir,new_name){var new_node;try{new_node=FS.lookupNode(new_dir,new_name)}catch(e){}if(new_node){if(FS.isDir(old_node.mode)){for(var i in new_node.contents){throw new FS.ErrnoError(55)}}FS.hashRemoveNode(new_node)}delete old_node.parent.contents[old_node.name];new_dir.contents[new_name]=old_node;old_node.name=new_name;new_dir.ctime=new_dir.mtime=old_node.parent.ctime=old_node.parent.mtime=Date.now()},unlink(parent,name){delete parent.contents[name];parent.ctime=parent.mtime=Date.now()},rmdir(parent,name){var node=FS.lookupNode(parent,name);for(var i in node.contents){throw new FS.ErrnoError(55)}delete parent.contents[name];parent.ctime=parent.mtime=Date.now()},readdir(node){return[".","..",...Object.keys(node.contents)]},symlink(parent,newname,oldpath){var node=MEMFS.createNode(parent,newname,511|40960,0);node.link=oldpath;return node},readlink(node){if(!FS.isLink(node.mode)){throw new FS.ErrnoError(28)}return node.link}},stream_ops:{read(stream,buffer,offset,length,position){var contents=stream.node.contents;if(position>=stream.node.usedBytes)return 0;var size=Math.min(stream.node.usedBytes-position,length);buffer.set(contents.subarray(position,position+size),offset);return size},write(stream,buffer,offset,length,position,canOwn){if(buffer.buffer===HEAP8.buffer){canOwn=false}if(!length)return 0;var node=stream.node;node.mtime=node.ctime=Date.now();if(canOwn){node.contents=buffer.subarray(offset,offset+length);node.usedBytes=length}else if(node.usedBytes===0&&position===0){node.contents=buffer.slice(offset,offset+length);node.usedBytes=length}else{MEMFS.expandFileStorage(node,position+length);node.contents.set(buffer.subarray(offset,offset+length),position);node.usedBytes=Math.max(node.usedBytes,position+length)}return length},llseek(stream,offset,whence){var position=offset;if(whence===1){position+=stream.position}else if(whence===2){if(FS.isFile(stream.node.mode)){position+=stream.node.usedBytes}}if(position<0){throw new FS.ErrnoError(28)}return position},mmap(stream,length,position,prot,flags){if(!FS.isFile(stream.node.mode)){throw new FS.ErrnoError(43)}var ptr;var allocated;var contents=stream.node.contents;if(!(flags&2)&&contents.buffer===HEAP8.buffer){allocated=false;ptr=contents.byteOffset}else{allocated=true;ptr=mmapAlloc(length);if(!ptr){throw new FS.ErrnoError(48)}if(contents){if(position>0||position+length<contents.length){if(contents.subarray){contents=contents.subarray(position,position+length)}else{contents=Array.prototype.slice.call(contents,position,position+length)}}HEAP8.set(contents,ptr)}}return{ptr,allocated}},msync(stream,buffer,offset,length,mmapFlags){MEMFS.stream_ops.write(stream,buffer,0,length,offset,false);return 0}}};var FS_modeStringToFlags=str=>{if(typeof str!="string")return str;var flagModes={r:0,"r+":2,w:512|64|1,"w+":512|64|2,a:1024|64|1,"a+":1024|64|2};var flags=flagModes[str];if(typeof flags=="undefined"){throw new Error(`Unknown file open mode: ${str}`)}return flags};var FS_fileDataToTypedArray=data=>{if(typeof data=="string"){data=intArrayFromString(data,true)}if(!data.subarray){data=new Uint8Array(data)}return data};var FS_getMode=(canRead,canWrite)=>{var mode=0;if(canRead)mode|=292|73;if(canWrite)mode|=146;return mode};var asyncLoad=async url=>{var arrayBuffer=await readAsync(url);return new Uint8Array(arrayBuffer)};var FS_createDataFile=(...args)=>FS.createDataFile(...args);var getUniqueRunDependency=id=>id;var dependenciesPromise=null;var resolveRunDependencies=async()=>dependenciesPromise;var runDependencies=0;var dependenciesPromiseResolve=null;var removeRunDependency=id=>{runDependencies--;Module["monitorRunDependencies"]?.(runDependencies);if(!runDependencies){dependenciesPromiseResolve()}};var addRunDependency=id=>{if(!runDependencies){dependenciesPromise=new Promise(resolve=>dependenciesPromiseResolve=resolve)}runDependencies++;Module["monitorRunDependencies"]?.(runDependencies)};var preloadPlugins=[];var FS_handledByPreloadPlugin=async(byteArray,fullname)=>{if(typeof Browser!="undefined")Browser.init();for(var plugin of preloadPlugins){if(plugin["canHandle"](fullname)){return plugin["handle"](byteArray,fullname)}}return byteArray};var FS_preloadFile=async(parent,name,url,canRead,canWrite,dontCreateFile,canOwn,preFinish)=>{var fullname=name?PATH_FS.resolve(PATH.join2(parent,name)):parent;var dep=getUniqueRunDependency(`cp ${fullname}`);addRunDependency(dep);try{var byteArray=url;if(typeof url=="string"){byteArray=await asyncLoad(url)}byteArray=await FS_handledByPreloadPlugin(byteArray,fullname);preFinish?.();if(!dontCreateFile){FS_createDataFile(parent,name,byteArray,canRead,canWrite,canOwn)}}finally{removeRunDependency(dep)}};var FS_createPreloadedFile=(parent,name,url,canRead,canWrite,onload,onerror,dontCreateFile,canOwn,preFinish)=>{FS_preloadFile(parent,name,url,canRead,canWrite,dontCreateFile,canOwn,preFinish).then(onload).catch(onerror)};var FS={root:null,mounts:[],devices:{},streams:[],nextInode:1,nameTable:null,currentPath:"/",initialized:false,ignorePermissions:true,filesystems:null,syncFSRequests:0,ErrnoError:class{name="ErrnoError";constructor(errno){this.errno=errno}},FSStream:class{shared={};get object(){return this.node}set object(val){this.node=val}get isRead(){return(this.flags&2097155)!==1}get isWrite(){return(this.flags&2097155)!==0}get isAppend(){return this.flags&1024}get flags(){return this.shared.flags}set flags(val){this.shared.flags=val}get position(){return this.shared.position}set position(val){this.shared.position=val}},FSNode:class{node_ops={};stream_ops={};readMode=292|73;writeMode=146;mounted=null;constructor(parent,name,mode,rdev){if(!parent){parent=this}this.parent=parent;this.mount=parent.mount;this.id=FS.nextInode++;this.name=name;this.mode=mode;this.rdev=rdev;this.atime=this.mtime=this.ctime=Date.now()}get read(){return(this.mode&this.readMode)===this.readMode}set read(val){val?this.mode|=this.readMode:this.mode&=~this.readMode}get write(){return(this.mode&this.writeMode)===this.writeMode}set write(val){val?this.mode|=this.writeMode:this.mode&=~this.writeMode}get isFolder(){return FS.isDir(this.mode)}get isDevice(){return FS.isChrdev(this.mode)}addListener(cb,exclusive=false){var entry={cb,exclusive};var listeners=this.listeners??=new Set;listeners.add(entry);return{listeners,entry}}notifyListeners(flags){if(!this.listeners)return;var excl;for(var entry of this.listeners){if(entry.exclusive)(excl||=[]).push(entry);else entry.cb(flags)}if(excl){var i=(this.exclTurn||0)%excl.length;this.exclTurn=i+1;excl[i].cb(flags)}}},lookupPath(path,opts={}){if(!path){throw new FS.ErrnoError(44)}opts.follow_mount??=true;if(!PATH.isAbs(path)){path=FS.cwd()+"/"+path}linkloop:for(var nlinks=0;nlinks<40;nlinks++){var parts=path.split("/").filter(p=>!!p);var current=FS.root;var current_path="/";for(var i=0;i<parts.length;i++){var islast=i===parts.length-1;if(islast&&opts.parent){break}if(parts[i]==="."){continue}if(parts[i]===".."){current_path=PATH.dirname(current_path);if(FS.isRoot(current)){path=current_path+"/"+parts.slice(i+1).join("/");nlinks--;continue linkloop}else{current=current.parent}continue}current_path=PATH.join2(current_path,parts[i]);try{current=FS.lookupNode(current,parts[i])}catch(e){if(e?.errno===44&&islast&&opts.noent_okay){return{path:current_path}}throw e}if(FS.isMountpoint(current)&&(!islast||opts.follow_mount)){current=current.mounted.root}if(FS.isLink(current.mode)&&(!islast||opts.follow)){if(!current.node_ops.readlink){throw new FS.ErrnoError(52)}var link=current.node_ops.readlink(current);if(!PATH.isAbs(link)){link=PATH.dirname(current_path)+"/"+link}path=link+"/"+parts.slice(i+1).join("/");continue linkloop}}return{path:current_path,node:current}}throw new FS.ErrnoError(32)},getPath(node){var path;while(true){if(FS.isRoot(node)){var mount=node.mount.mountpoint;if(!path)return mount;return mount[mount.length-1]!=="/"?`${mount}/${path}`:mount+path}path=path?`${node.name}/${path}`:node.name;node=node.parent}},hashName(parentid,name){var hash=0;for(var i=0;i<name.length;i++){hash=(hash<<5)-hash+name.charCodeAt(i)|0}return(parentid+hash>>>0)%FS.nameTable.length},hashAddNode(node){var hash=FS.hashName(node.parent.id,node.name);node.name_next=FS.nameTable[hash];FS.nameTable[hash]=node},hashRemoveNode(node){var hash=FS.hashName(node.parent.id,node.name);if(FS.nameTable[hash]===node){FS.nameTable[hash]=node.name_next}else{var current=FS.nameTable[hash];while(current){if(current.name_next===node){current.name_next=node.name_next;break}current=current.name_next}}},lookupNode(parent,name){var errCode=FS.mayLookup(parent);if(errCode){throw new FS.ErrnoError(errCode)}var hash=FS.hashName(parent.id,name);for(var node=FS.nameTable[hash];node;node=node.name_next){var nodeName=node.name;if(node.parent.id===parent.id&&nodeName===name){return node}}return FS.lookup(parent,name)},createNode(parent,name,mode,rdev){var node=new FS.FSNode(parent,name,mode,rdev);FS.hashAddNode(node);return node},destroyNode(node){FS.hashRemoveNode(node)},isRoot(node){return node===node.parent},isMountpoint(node){return!!node.mounted},isFile(mode){return(mode&61440)===32768},isDir(mode){return(mode&61440)===16384},isLink(mode){return(mode&61440)===40960},isChrdev(mode){return(mode&61440)===8192},isBlkdev(mode){return(mode&61440)===24576},isFIFO(mode){return(mode&61440)===4096},isSocket(mode){return(mode&49152)===49152},flagsToPermissionString(flag){var perms=["r","w","rw"][flag&3];if(flag&512){perms+="w"}return perms},nodePermissions(node,perms){if(FS.ignorePermissions){return 0}if(perms.includes("r")&&!(node.mode&292)){return 2}if(perms.includes("w")&&!(node.mode&146)){return 2}if(perms.includes("x")&&!(node.mode&73)){return 2}return 0},mayLookup(dir){if(!FS.isDir(dir.mode))return 54;var errCode=FS.nodePermissions(dir,"x");if(errCode)return errCode;if(!dir.node_ops.lookup)return 2;return 0},mayCreate(dir,name){if(!FS.isDir(dir.mode)){return 54}try{var node=FS.lookupNode(dir,name);return 20}catch(e){}return FS.nodePermissions(dir,"wx")},mayDelete(dir,name,isdir){var node;try{node=FS.lookupNode(dir,name)}catch(e){return e.errno}var errCode=FS.nodePermissions(dir,"wx");if(errCode){return errCode}if(isdir){if(!FS.isDir(node.mode)){return 54}if(FS.isRoot(node)||FS.getPath(node)===FS.cwd()){return 10}}else if(FS.isDir(node.mode)){return 31}return 0},mayOpen(node,flags){if(!node){return 44}if(FS.isLink(node.mode)){return 32}var mode=FS.flagsToPermissionString(flags);if(FS.isDir(node.mode)){if(mode!=="r"||flags&(512|64)){return 31}}return FS.nodePermissions(node,mode)},checkOpExists(op,err){if(!op){throw new FS.ErrnoError(err)}return op},MAX_OPEN_FDS:4096,nextfd(){for(var fd=0;fd<=FS.MAX_OPEN_FDS;fd++){if(!FS.streams[fd]){return fd}}throw new FS.ErrnoError(33)},getStreamChecked(fd){var stream=FS.getStream(fd);if(!stream){throw new FS.ErrnoError(8)}return stream},getStream:fd=>FS.streams[fd],createStream(stream,fd=-1){stream=Object.assign(new FS.FSStream,stream);if(fd==-1){fd=FS.nextfd()}stream.fd=fd;FS.streams[fd]=stream;return stream},closeStream(fd){FS.streams[fd]=null},dupStream(origStream,fd=-1){var stream=FS.createStream(origStream,fd);stream.stream_ops?.dup?.(stream);return stream},doSetAttr(stream,node,attr){var setattr=stream?.stream_ops.setattr;var arg=setattr?stream:node;setattr??=node.node_ops.setattr;FS.checkOpExists(setattr,63);try{setattr(arg,attr)}catch(e){if(e instanceof RangeError){throw new FS.ErrnoError(22)}throw e}},chrdev_stream_ops:{open(stream){var device=FS.getDevice(stream.node.rdev);stream.stream_ops=device.stream_ops;stream.stream_ops.open?.(stream)},llseek(){throw new FS.ErrnoError(70)}},major:dev=>dev>>8,minor:dev=>dev&255,makedev:(ma,mi)=>ma<<8|mi,registerDevice(dev,ops){FS.devices[dev]={stream_ops:ops}},getDevice:dev=>FS.devices[dev],getMounts(mount){var mounts=[];var check=[mount];while(check.length){var m=check.pop();mounts.push(m);check.push(...m.mounts)}return mounts},syncfs(populate,callback){if(typeof populate=="function"){callback=populate;populate=false}FS.syncFSRequests++;if(FS.syncFSRequests>1){err(`warning: ${FS.syncFSRequests} FS.syncfs operations in flight at once, probably just doing extra work`)}var mounts=FS.getMounts(FS.root.mount);var completed=0;function doCallback(errCode){FS.syncFSRequests--;return callback(errCode)}function done(errCode){if(errCode){if(!done.errored){done.errored=true;return doCallback(errCode)}return}if(++completed>=mounts.length){doCallback(null)}}for(var mount of mounts){if(mount.type.syncfs){mount.type.syncfs(mount,populate,done)}else{done(null)}}},mount(type,opts,mountpoint){var root=mountpoint==="/";var pseudo=!mountpoint;var node;if(root&&FS.root){throw new FS.ErrnoError(10)}else if(!root&&!pseudo){var lookup=FS.lookupPath(mountpoint,{follow_mount:false});mountpoint=lookup.path;node=lookup.node;if(FS.isMountpoint(node)){throw new FS.ErrnoError(10)}if(!FS.isDir(node.mode)){throw new FS.ErrnoError(54)}}var mount={type,opts,mountpoint,mounts:[]};var mountRoot=type.mount(mount);mountRoot.mount=mount;mount.root=mountRoot;if(root){FS.root=mountRoot}else if(node){node.mounted=mount;if(node.mount){node.mount.mounts.push(mount)}}return mountRoot},unmount(mountpoint){var lookup=FS.lookupPath(mountpoint,{follow_mount:false});if(!FS.isMountpoint(lookup.node)){throw new FS.ErrnoError(28)}var node=lookup.node;var mount=node.mounted;var mounts=FS.getMounts(mount);for(var[hash,current]of Object.entries(FS.nameTable)){while(current){var next=current.name_next;if(mounts.includes(current.mount)){FS.destroyNode(current)}current=next}}node.mounted=null;var idx=node.mount.mounts.indexOf(mount);node.mount.mounts.splice(idx,1)},lookup(parent,name){return parent.node_ops.lookup(parent,name)},mknod(path,mode,dev){var lookup=FS.lookupPath(path,{parent:true});var parent=lookup.node;var name=PATH.basename(path);if(!name){throw new FS.ErrnoError(28)}if(name==="."||name===".."){throw new FS.ErrnoError(20)}var errCode=FS.mayCreate(parent,name);if(errCode){throw new FS.ErrnoError(errCode)}if(!parent.node_ops.mknod){throw new FS.ErrnoError(63)}return parent.node_ops.mknod(parent,name,mode,dev)},statfs(path){return FS.statfsNode(FS.lookupPath(path,{follow:true}).node)},statfsStream(stream){return FS.statfsNode(stream.node)},statfsNode(node){var rtn={bsize:4096,frsize:4096,blocks:1e6,bfree:5e5,bavail:5e5,files:FS.nextInode,ffree:FS.nextInode-1,fsid:42,flags:2,namelen:255};if(node.node_ops.statfs){Object.assign(rtn,node.node_ops.statfs(node.mount.opts.root))}return rtn},create(path,mode=438){mode&=4095;mode|=32768;return FS.mknod(path,mode,0)},mkdir(path,mode=511){mode&=511|512;mode|=16384;return FS.mknod(path,mode,0)},mkdirTree(path,mode){var dirs=path.split("/");var d="";for(var dir of dirs){if(!dir)continue;if(d||PATH.isAbs(path))d+="/";d+=dir;try{FS.mkdir(d,mode)}catch(e){if(e.errno!=20)throw e}}},mkdev(path,mode,dev){if(typeof dev=="undefined"){dev=mode;mode=438}mode|=8192;return FS.mknod(path,mode,dev)},symlink(oldpath,newpath){if(!PATH_FS.resolve(oldpath)){throw new FS.ErrnoError(44)}var lookup=FS.lookupPath(newpath,{parent:true});var parent=lookup.node;if(!parent){throw new FS.ErrnoError(44)}var newname=PATH.basename(newpath);var errCode=FS.mayCreate(parent,newname);if(errCode){throw new FS.ErrnoError(errCode)}if(!parent.node_ops.symlink){throw new FS.ErrnoError(63)}return parent.node_ops.symlink(parent,newname,oldpath)},link(oldpath,newpath,flags){var lookup=FS.lookupPath(newpath,{parent:true});var parent=lookup.node;if(!parent){throw new FS.ErrnoError(44)}var newname=PATH.basename(newpath);var errCode=FS.mayCreate(parent,newname);if(errCode){throw new FS.ErrnoError(errCode)}if(!parent.node_ops.link){throw new FS.ErrnoError(34)}return parent.node_ops.link(parent,newname,oldpath,flags)},rename(old_path,new_path){var old_dirname=PATH.dirname(old_path);var new_dirname=PATH.dirname(new_path);var old_name=PATH.basename(old_path);var new_name=PATH.basename(new_path);var lookup,old_dir,new_dir;lookup=FS.lookupPath(old_path,{parent:true});old_dir=lookup.node;lookup=FS.lookupPath(new_path,{parent:true});new_dir=lookup.node;if(!old_dir||!new_dir)throw new FS.ErrnoError(44);if(old_dir.mount!==new_dir.mount){throw new FS.ErrnoError(75)}var old_node=FS.lookupNode(old_dir,old_name);var relative=PATH_FS.relative(old_path,new_dirname);if(relative.charAt(0)!=="."){throw new FS.ErrnoError(28)}relative=PATH_FS.relative(new_path,old_dirname);if(relative.charAt(0)!=="."){throw new FS.ErrnoError(55)}var new_node;try{new_node=FS.lookupNode(new_dir,new_name)}catch(e){}if(old_node===new_node){return}var isdir=FS.isDir(old_node.mode);var errCode=FS.mayDelete(old_dir,old_name,isdir);if(errCode){throw new FS.ErrnoError(errCode)}errCode=new_node?FS.mayDelete(new_dir,new_name,isdir):FS.mayCreate(new_dir,new_name);if(errCode){throw new FS.ErrnoError(errCode)}if(!old_dir.node_ops.rename){throw new FS.ErrnoError(63)}if(FS.isMountpoint(old_node)||new_node&&FS.isMountpoint(new_node)){throw new FS.ErrnoError(10)}if(new_dir!==old_dir){errCode=FS.nodePermissions(old_dir,"w");if(errCode){throw new FS.ErrnoError(errCode)}}FS.hashRemoveNode(old_node);try{old_dir.node_ops.rename(old_node,new_dir,new_name);old_node.parent=new_dir}catch(e){throw e}finally{FS.hashAddNode(old_node)}},rmdir(path){var lookup=FS.lookupPath(path,{parent:true});var parent=lookup.node;var name=PATH.basename(path);var node=FS.lookupNode(parent,name);var errCode=FS.mayDelete(parent,name,true);if(errCode){throw new FS.ErrnoError(errCode)}if(!parent.node_ops.rmdir){throw new FS.ErrnoError(63)}if(FS.isMountpoint(node)){throw new FS.ErrnoError(10)}parent.node_ops.rmdir(parent,name);FS.destroyNode(node)},readdir(path){var lookup=FS.lookupPath(path,{follow:true});var node=lookup.node;var readdir=FS.checkOpExists(node.node_ops.readdir,54);return readdir(node)},unlink(path){var lookup=FS.lookupPath(path,{parent:true});var parent=lookup.node;if(!parent){throw new FS.ErrnoError(44)}var name=PATH.basename(path);var node=FS.lookupNode(parent,name);var errCode=FS.mayDelete(parent,name,false);if(errCode){throw new FS.ErrnoError(errCode)}if(!parent.node_ops.unlink){throw new FS.ErrnoError(63)}if(FS.isMountpoint(node)){throw new FS.ErrnoError(10)}parent.node_ops.unlink(parent,name);FS.destroyNode(node)},readlink(path){var lookup=FS.lookupPath(path);var link=lookup.node;if(!link){throw new FS.ErrnoError(44)}if(!link.node_ops.readlink){throw new FS.ErrnoError(28)}return link.node_ops.readlink(link)},stat(path,dontFollow){var lookup=FS.lookupPath(path,{follow:!dontFollow});var node=lookup.node;var getattr=FS.checkOpExists(node.node_ops.getattr,63);return getattr(node)},fstat(fd){var stream=FS.getStreamChecked(fd);var node=stream.node;var getattr=stream.stream_ops.getattr;var arg=getattr?stream:node;getattr??=node.node_ops.getattr;FS.checkOpExists(getattr,63);return getattr(arg)},lstat(path){return FS.stat(path,true)},doChmod(stream,node,mode,dontFollow){FS.doSetAttr(stream,node,{mode:mode&4095|node.mode&~4095,ctime:Date.now(),dontFollow})},chmod(path,mode,dontFollow){var node;if(typeof path=="string"){var lookup=FS.lookupPath(path,{follow:!dontFollow});node=lookup.node}else{node=path}FS.doChmod(null,node,mode,dontFollow)},lchmod(path,mode){FS.chmod(path,mode,true)},fchmod(fd,mode){var stream=FS.getStreamChecked(fd);FS.doChmod(stream,stream.node,mode,false)},doChown(stream,node,dontFollow){FS.doSetAttr(stream,node,{timestamp:Date.now(),dontFollow})},chown(path,uid,gid,dontFollow){var node;if(typeof path=="string"){var lookup=FS.lookupPath(path,{follow:!dontFollow});node=lookup.node}else{node=path}FS.doChown(null,node,dontFollow)},lchown(path,uid,gid){FS.chown(path,uid,gid,true)},fchown(fd,uid,gid){var stream=FS.getStreamChecked(fd);FS.doChown(stream,stream.node,false)},doTruncate(stream,node,len){if(FS.isDir(node.mode)){throw new FS.ErrnoError(31)}if(!FS.isFile(node.mode)){throw new FS.ErrnoError(28)}var errCode=FS.nodePermissions(node,"w");if(errCode){throw new FS.ErrnoError(errCode)}FS.doSetAttr(stream,node,{size:len,timestamp:Date.now()})},truncate(path,len){if(len<0){throw new FS.ErrnoError(28)}var node;if(typeof path=="string"){var lookup=FS.lookupPath(path,{follow:true});node=lookup.node}else{node=path}FS.doTruncate(null,node,len)},ftruncate(fd,len){var stream=FS.getStreamChecked(fd);if(len<0||(stream.flags&2097155)===0){throw new FS.ErrnoError(28)}FS.doTruncate(stream,stream.node,len)},utime(path,atime,mtime,dontFollow){var lookup=FS.lookupPath(path,{follow:!dontFollow});FS.doSetAttr(null,lookup.node,{atime,mtime,dontFollow})},open(path,flags,mode=438){if(path===""){throw new FS.ErrnoError(44)}flags=FS_modeStringToFlags(flags);if(flags&64){mode=mode&4095|32768}else{mode=0}var node;var isDirPath;if(typeof path=="object"){node=path}else{isDirPath=path.endsWith("/");var lookup=FS.lookupPath(path,{follow:!(flags&131072),noent_okay:true});node=lookup.node;path=lookup.path}var created=false;if(flags&64){if(node){if(flags&128){throw new FS.ErrnoError(20)}}else if(isDirPath){throw new FS.ErrnoError(31)}else{node=FS.mknod(path,mode|511,0);created=true}}if(!node){throw new FS.ErrnoError(44)}if(FS.isChrdev(node.mode)){flags&=~512}if(flags&65536&&!FS.isDir(node.mode)){throw new FS.ErrnoError(54)}if(!created){var errCode=FS.mayOpen(node,flags);if(errCode){throw new FS.ErrnoError(errCode)}}if(flags&512&&!created){FS.truncate(node,0)}flags&=~(128|512|131072);var stream=FS.createStream({node,path:FS.getPath(node),flags,seekable:true,position:0,stream_ops:node.stream_ops,ungotten:[],error:false});if(stream.stream_ops.open){stream.stream_ops.open(stream)}if(created){FS.chmod(node,mode&511)}return stream},close(stream){if(FS.isClosed(stream)){throw new FS.ErrnoError(8)}if(stream.getdents)stream.getdents=null;stream.node?.notifyListeners(32);try{if(stream.stream_ops.close){stream.stream_ops.close(stream)}}catch(e){throw e}finally{FS.closeStream(stream.fd)}stream.fd=null},isClosed(stream){return stream.fd===null},llseek(stream,offset,whence){if(FS.isClosed(stream)){throw new FS.ErrnoError(8)}if(!stream.seekable||!stream.stream_ops.llseek){throw new FS.ErrnoError(70)}if(whence!=0&&whence!=1&&whence!=2){throw new FS.ErrnoError(28)}stream.position=stream.stream_ops.llseek(stream,offset,whence);stream.ungotten=[];return stream.position},read(stream,buffer,offset,length,position){if(length<0||position<0){throw new FS.ErrnoError(28)}if(FS.isClosed(stream)){throw new FS.ErrnoError(8)}if((stream.flags&2097155)===1){throw new FS.ErrnoError(8)}if(FS.isDir(stream.node.mode)){throw new FS.ErrnoError(31)}if(!stream.stream_ops.read){throw new FS.ErrnoError(28)}var seeking=typeof position!="undefined";if(!seeking){position=stream.position}else if(!stream.seekable){throw new FS.ErrnoError(70)}var bytesRead=stream.stream_ops.read(stream,buffer,offset,length,position);if(!seeking)stream.position+=bytesRead;return bytesRead},write(stream,buffer,offset,length,position,canOwn){if(length<0||position<0){throw new FS.ErrnoError(28)}if(FS.isClosed(stream)){throw new FS.ErrnoError(8)}if((stream.flags&2097155)===0){throw new FS.ErrnoError(8)}if(FS.isDir(stream.node.mode)){throw new FS.ErrnoError(31)}if(!stream.stream_ops.write){throw new FS.ErrnoError(28)}if(stream.seekable&&stream.flags&1024){FS.llseek(stream,0,2)}var seeking=typeof position!="undefined";if(!seeking){position=stream.position}else if(!stream.seekable){throw new FS.ErrnoError(70)}var bytesWritten=stream.stream_ops.write(stream,buffer,offset,length,position,canOwn);if(!seeking)stream.position+=bytesWritten;return bytesWritten},mmap(stream,length,position,prot,flags){if((prot&2)!==0&&(flags&2)===0&&(stream.flags&2097155)!==2){throw new FS.ErrnoError(2)}if((stream.flags&2097155)===1){throw new FS.ErrnoError(2)}if(!stream.stream_ops.mmap){throw new FS.ErrnoError(43)}if(!length){throw new FS.ErrnoError(28)}return stream.stream_ops.mmap(stream,length,position,prot,flags)},msync(stream,buffer,offset,length,mmapFlags){if(!stream.stream_ops.msync){return 0}return stream.stream_ops.msync(stream,buffer,offset,length,mmapFlags)},ioctl(stream,cmd,arg){if(!stream.stream_ops.ioctl){throw new FS.ErrnoError(59)}return stream.stream_ops.ioctl(stream,cmd,arg)},readFile(path,opts={}){opts.flags=opts.flags??0;opts.encoding=opts.encoding??"binary";if(opts.encoding!=="utf8"&&opts.encoding!=="binary"){abort(`Invalid encoding type "${opts.encoding}"`)}var stream=FS.open(path,opts.flags);var stat=FS.stat(path);var length=stat.size;var buf=new Uint8Array(length);FS.read(stream,buf,0,length,0);if(opts.encoding==="utf8"){buf=UTF8ArrayToString(buf)}FS.close(stream);return buf},writeFile(path,data,opts={}){opts.flags=opts.flags??577;var stream=FS.open(path,opts.flags,opts.mode);data=FS_fileDataToTypedArray(data);FS.write(stream,data,0,data.byteLength,undefined,opts.canOwn);FS.close(stream)},cwd:()=>FS.currentPath,chdir(path){var lookup=FS.lookupPath(path,{follow:true});if(lookup.node===null){throw new FS.ErrnoError(44)}if(!FS.isDir(lookup.node.mode)){throw new FS.ErrnoError(54)}var errCode=FS.nodePermissions(lookup.node,"x");if(errCode){throw new FS.ErrnoError(errCode)}FS.currentPath=lookup.path},createDefaultDirectories(){FS.mkdir("/tmp");FS.mkdir("/home");FS.mkdir("/home/web_user")},createDefaultDevices(){FS.mkdir("/dev");FS.registerDevice(FS.makedev(1,3),{read:()=>0,write:(stream,buffer,offset,length,pos)=>length,llseek:()=>0});FS.mkdev("/dev/null",FS.makedev(1,3));TTY.register(FS.makedev(5,0),TTY.default_tty_ops);TTY.register(FS.makedev(6,0),TTY.default_tty1_ops);FS.mkdev("/dev/tty",FS.makedev(5,0));FS.mkdev("/dev/tty1",FS.makedev(6,0));var randomBuffer=new Uint8Array(1024),randomLeft=0;var randomByte=()=>{if(randomLeft===0){randomFill(randomBuffer);randomLeft=randomBuffer.byteLength}return randomBuffer[--randomLeft]};FS.createDevice("/dev","random",randomByte);FS.createDevice("/dev","urandom",randomByte);FS.mkdir("/dev/shm");FS.mkdir("/dev/shm/tmp")},createSpecialDirectories(){FS.mkdir("/proc");var proc_self=FS.mkdir("/proc/self");FS.mkdir("/proc/self/fd");FS.mount({mount(){var node=FS.createNode(proc_self,"fd",16895,73);node.stream_ops={llseek:MEMFS.stream_ops.llseek};node.node_ops={lookup(parent,name){var fd=+name;var stream=FS.getStreamChecked(fd);var ret={parent:null,mount:{mountpoint:"fake"},node_ops:{readlink:()=>stream.path},id:fd+1};ret.parent=ret;return ret},readdir(){return Array.from(FS.streams.entries()).filter(([k,v])=>v).map(([k,v])=>k.toString())}};return node}},{},"/proc/self/fd")},createStandardStreams(input,output,error){if(input){FS.createDevice("/dev","stdin",input)}else{FS.symlink("/dev/tty","/dev/stdin")}if(output){FS.createDevice("/dev","stdout",null,output)}else{FS.symlink("/dev/tty","/dev/stdout")}if(error){FS.createDevice("/dev","stderr",null,error)}else{FS.symlink("/dev/tty1","/dev/stderr")}var stdin=FS.open("/dev/stdin",0);var stdout=FS.open("/dev/stdout",1);var stderr=FS.open("/dev/stderr",1)},staticInit(){FS.nameTable=new Array(4096);FS.mount(MEMFS,{},"/");FS.createDefaultDirectories();FS.createDefaultDevices();FS.createSpecialDirectories();FS.filesystems={MEMFS}},init(input,output,error){FS.initialized=true;input??=Module["stdin"];output??=Module["stdout"];error??=Module["stderr"];FS.createStandardStreams(input,output,error)},quit(){FS.initialized=false;for(var stream of FS.streams){if(stream){FS.close(stream)}}},findObject(path,dontResolveLastLink){var ret=FS.analyzePath(path,dontResolveLastLink);if(!ret.exists){return null}return ret.object},analyzePath(path,dontResolveLastLink){try{var lookup=FS.lookupPath(path,{follow:!dontResolveLastLink});path=lookup.path}catch(e){}var ret={isRoot:false,exists:false,error:0,name:null,path:null,object:null,parentExists:false,parentPath:null,parentObject:null};try{var lookup=FS.lookupPath(path,{parent:true});ret.parentExists=true;ret.parentPath=lookup.path;ret.parentObject=lookup.node;ret.name=PATH.basename(path);lookup=FS.lookupPath(path,{follow:!dontResolveLastLink});ret.exists=true;ret.path=lookup.path;ret.object=lookup.node;ret.name=lookup.node.name;ret.isRoot=lookup.path==="/"}catch(e){ret.error=e.errno}return ret},createPath(parent,path,canRead,canWrite){parent=typeof parent=="string"?parent:FS.getPath(parent);var parts=path.split("/").reverse();while(parts.length){var part=parts.pop();if(!part)continue;var current=PATH.join2(parent,part);try{FS.mkdir(current)}catch(e){if(e.errno!=20)throw e}parent=current}return current},createFile(parent,name,properties,canRead,canWrite){var path=PATH.join2(typeof parent=="string"?parent:FS.getPath(parent),name);var mode=FS_getMode(canRead,canWrite);return FS.create(path,mode)},createDataFile(parent,name,data,canRead,canWrite,canOwn){var path=name;if(parent){parent=typeof parent=="string"?parent:FS.getPath(parent);path=name?PATH.join2(parent,name):parent}var mode=FS_getMode(canRead,canWrite);var node=FS.create(path,mode);if(data){data=FS_fileDataToTypedArray(data);FS.chmod(node,mode|146);var stream=FS.open(node,577);FS.write(stream,data,0,data.length,0,canOwn);FS.close(stream);FS.chmod(node,mode)}},createDevice(parent,name,input,output){var path=PATH.join2(typeof parent=="string"?parent:FS.getPath(parent),name);var mode=FS_getMode(!!input,!!output);FS.createDevice.major??=64;var dev=FS.makedev(FS.createDevice.major++,0);FS.registerDevice(dev,{open(stream){stream.seekable=false},close(stream){if(output?.buffer?.length){output(10)}},read(stream,buffer,offset,length,pos){var bytesRead=0;for(var i=0;i<length;i++){var result;try{result=input()}catch(e){throw new FS.ErrnoError(29)}if(result===undefined&&bytesRead===0){throw new FS.ErrnoError(6)}if(result===null||result===undefined)break;bytesRead++;buffer[offset+i]=result}if(bytesRead){stream.node.atime=Date.now()}return bytesRead},write(stream,buffer,offset,length,pos){for(var i=0;i<length;i++){try{output(buffer[offset+i])}catch(e){throw new FS.ErrnoError(29)}}if(length){stream.node.mtime=stream.node.ctime=Date.now()}return i}});return FS.mkdev(path,mode,dev)},forceLoadFile(obj){if(obj.isDevice||obj.isFolder||obj.link||obj.contents)return true;if(globalThis.XMLHttpRequest){abort("Lazy loading should have been performed (contents set) in createLazyFile, but it was not. Lazy loading only works in web workers. Use --embed-file or --preload-file in emcc on the main thread.")}else{try{obj.contents=readBinary(obj.url)}catch(e){throw new FS.ErrnoError(29)}}},createLazyFile(parent,name,url,canRead,canWrite){class LazyUint8Array{lengthKnown=false;chunks=[];get(idx){if(idx>this.length-1||idx<0){return undefined}var chunkOffset=idx%this.chunkSize;var chunkNum=idx/this.chunkSize|0;return this.getter(chunkNum)[chunkOffset]}setDataGetter(getter){this.getter=getter}cacheLength(){var xhr=new XMLHttpRequest;xhr.open("HEAD",url,false);xhr.send(null);if(!(xhr.status>=200&&xhr.status<300||xhr.status===304))abort("Couldn't load "+url+". Status: "+xhr.status);var datalength=Number(xhr.getResponseHeader("Content-length"));var header;var hasByteServing=(header=xhr.getResponseHeader("Accept-Ranges"))&&header==="bytes";var usesGzip=(header=xhr.getResponseHeader("Content-Encoding"))&&header==="gzip";var chunkSize=1024*1024;if(!hasByteServing)chunkSize=datalength;var doXHR=(from,to)=>{if(from>to)abort(`invalid range (${from}, ${to}) or no bytes requested!`);if(to>datalength-1)abort(`only ${datalength} bytes available! programmer error!`);var xhr=new XMLHttpRequest;xhr.open("GET",url,false);if(datalength!==chunkSize)xhr.setRequestHeader("Range","bytes="+from+"-"+to);xhr.responseType="arraybuffer";if(xhr.overrideMimeType){xhr.overrideMimeType("text/plain; charset=x-user-defined")}xhr.send(null);if(!(xhr.status>=200&&xhr.status<300||xhr.status===304))abort("Couldn't load "+url+". Status: "+xhr.status);if(xhr.response!==undefined){return new Uint8Array(xhr.response||[])}return intArrayFromString(xhr.responseText??"",true)};var lazyArray=this;lazyArray.setDataGetter(chunkNum=>{var start=chunkNum*chunkSize;var end=(chunkNum+1)*chunkSize-1;end=Math.min(end,datalength-1);if(typeof lazyArray.chunks[chunkNum]=="undefined"){lazyArray.chunks[chunkNum]=doXHR(start,end)}if(typeof lazyArray.chunks[chunkNum]=="undefined")abort("doXHR failed!");return lazyArray.chunks[chunkNum]});if(usesGzip||!datalength){chunkSize=datalength=1;datalength=this.getter(0).length;chunkSize=datalength;out("LazyFiles on gzip forces download of the whole file when length is accessed")}this._length=datalength;this._chunkSize=chunkSize;this.lengthKnown=true}get length(){if(!this.lengthKnown){this.cacheLength()}return this._length}get chunkSize(){if(!this.lengthKnown){this.cacheLength()}return this._chunkSize}}if(globalThis.XMLHttpRequest){if(!ENVIRONMENT_IS_WORKER)abort("Cannot do synchronous binary XHRs outside webworkers in modern browsers. Use --embed-file or --preload-file in emcc");var lazyArray=new LazyUint8Array;var properties={isDevice:false,contents:lazyArray}}else{var properties={isDevice:false,url}}var node=FS.createFile(parent,name,properties,canRead,canWrite);if(properties.contents){node.contents=properties.contents}else if(properties.url){node.contents=null;node.url=properties.url}Object.defineProperties(node,{usedBytes:{get:function(){return this.contents.length}}});var stream_ops={};for(const[key,fn]of Object.entries(node.stream_ops)){stream_ops[key]=(...args)=>{FS.forceLoadFile(node);return fn(...args)}}function writeChunks(stream,buffer,offset,length,position){var contents=stream.node.contents;if(position>=contents.length)return 0;var size=Math.min(contents.length-position,length);if(contents.slice){for(var i=0;i<size;i++){buffer[offset+i]=contents[position+i]}}else{for(var i=0;i<size;i++){buffer[offset+i]=contents.get(position+i)}}return size}stream_ops.read=(stream,buffer,offset,length,position)=>{FS.forceLoadFile(node);return writeChunks(stream,buffer,offset,length,position)};stream_ops.mmap=(stream,length,position,prot,flags)=>{FS.forceLoadFile(node);var ptr=mmapAlloc(length);if(!ptr){throw new FS.ErrnoError(48)}writeChunks(stream,HEAP8,ptr,length,position);return{ptr,allocated:true}};node.stream_ops=stream_ops;return node}};var SYSCALLS={currentUmask:18,calculateAt(dirfd,path,allowEmpty){if(PATH.isAbs(path)){return path}var dir;if(dirfd===-100){dir=FS.cwd()}else{var dirstream=SYSCALLS.getStreamFromFD(dirfd);dir=dirstream.path}if(path.length==0){if(!allowEmpty){throw new FS.ErrnoError(44)}return dir}return dir+"/"+path},writeStat(buf,stat){HEAPU32[buf>>2]=stat.dev;HEAPU32[buf+4>>2]=stat.mode;HEAPU32[buf+8>>2]=stat.nlink;HEAPU32[buf+12>>2]=stat.uid;HEAPU32[buf+16>>2]=stat.gid;HEAPU32[buf+20>>2]=stat.rdev;HEAP64[buf+24>>3]=BigInt(stat.size);HEAP32[buf+32>>2]=4096;HEAP32[buf+36>>2]=stat.blocks;var atime=stat.atime.getTime();var mtime=stat.mtime.getTime();var ctime=stat.ctime.getTime();HEAP64[buf+40>>3]=BigInt(Math.floor(atime/1e3));HEAPU32[buf+48>>2]=atime%1e3*1e3*1e3;HEAP64[buf+56>>3]=BigInt(Math.floor(mtime/1e3));HEAPU32[buf+64>>2]=mtime%1e3*1e3*1e3;HEAP64[buf+72>>3]=BigInt(Math.floor(ctime/1e3));HEAPU32[buf+80>>2]=ctime%1e3*1e3*1e3;HEAP64[buf+88>>3]=BigInt(stat.ino);return 0},writeStatFs(buf,stats){HEAPU32[buf+4>>2]=stats.bsize;HEAPU32[buf+60>>2]=stats.bsize;HEAP64[buf+8>>3]=BigInt(stats.blocks);HEAP64[buf+16>>3]=BigInt(stats.bfree);HEAP64[buf+24>>3]=BigInt(stats.bavail);HEAP64[buf+32>>3]=BigInt(stats.files);HEAP64[buf+40>>3]=BigInt(stats.ffree);HEAPU32[buf+48>>2]=stats.fsid;HEAPU32[buf+64>>2]=stats.flags;HEAPU32[buf+56>>2]=stats.namelen},doMsync(addr,stream,len,flags,offset){if(!FS.isFile(stream.node.mode)){throw new FS.ErrnoError(43)}if(flags&2){return 0}var buffer=HEAPU8.subarray(addr,addr+len);FS.msync(stream,buffer,offset,len,flags)},getStreamFromFD(fd){var stream=FS.getStreamChecked(fd);return stream},varargs:undefined,getStr(ptr){var ret=UTF8ToString(ptr);return ret}};function _fd_close(fd){try{var stream=SYSCALLS.getStreamFromFD(fd);FS.close(stream);return 0}catch(e){if(typeof FS=="undefined"||!(e.name==="ErrnoError"))throw e;return e.errno}}var doReadv=(stream,iov,iovcnt,offset)=>{var ret=0;for(var i=0;i<iovcnt;i++){var ptr=HEAPU32[iov>>2];var len=HEAPU32[iov+4>>2];iov+=8;try{var curr=FS.read(stream,HEAP8,ptr,len,offset)}catch(e){if(ret>0&&e instanceof FS.ErrnoError&&(e.errno==6||e.errno==6)){break}throw e}if(curr<0)return-1;ret+=curr;if(curr<len)break;if(typeof offset!="undefined"){offset+=curr}}return ret};function _fd_read(fd,iov,iovcnt,pnum){try{var stream=SYSCALLS.getStreamFromFD(fd);var num=doReadv(stream,iov,iovcnt);HEAPU32[pnum>>2]=num;return 0}catch(e){if(typeof FS=="undefined"||!(e.name==="ErrnoError"))throw e;return e.errno}}var INT53_MAX=9007199254740992;var INT53_MIN=-9007199254740992;var bigintToI53Checked=num=>num<INT53_MIN||num>INT53_MAX?NaN:Number(num);function _fd_seek(fd,offset,whence,newOffset){offset=bigintToI53Checked(offset);try{if(isNaN(offset))return 22;var stream=SYSCALLS.getStreamFromFD(fd);FS.llseek(stream,offset,whence);HEAP64[newOffset>>3]=BigInt(stream.position);if(stream.getdents&&offset===0&&whence===0)stream.getdents=null;return 0}catch(e){if(typeof FS=="undefined"||!(e.name==="ErrnoError"))throw e;return e.errno}}var doWritev=(stream,iov,iovcnt,offset)=>{if(iovcnt==1){return FS.write(stream,HEAP8,HEAPU32[iov>>2],HEAPU32[iov+4>>2],offset)}var total=0;for(var i=0,p=iov;i<iovcnt;i++,p+=8){total+=HEAPU32[p+4>>2]}var view=new Uint8Array(total);var voff=0;for(var i=0;i<iovcnt;i++,iov+=8){var ptr=HEAPU32[iov>>2];var len=HEAPU32[iov+4>>2];view.set(HEAPU8.subarray(ptr,ptr+len),voff);voff+=len}return FS.write(stream,view,0,total,offset)};function _fd_write(fd,iov,iovcnt,pnum){try{var stream=SYSCALLS.getStreamFromFD(fd);var num=doWritev(stream,iov,iovcnt);HEAPU32[pnum>>2]=num;return 0}catch(e){if(typeof FS=="undefined"||!(e.name==="ErrnoError"))throw e;return e.errno}}var wasmTableMirror=[];var getWasmTableEntry=funcPtr=>{var func=wasmTableMirror[funcPtr];if(!func){wasmTableMirror[funcPtr]=func=wasmTable.get(funcPtr)}return func};var stringToUTF8=(str,outPtr,maxBytesToWrite)=>stringToUTF8Array(str,HEAPU8,outPtr,maxBytesToWrite);FS.createPreloadedFile=FS_createPreloadedFile;FS.preloadFile=FS_preloadFile;FS.staticInit();{if(Module["noExitRuntime"])noExitRuntime=Module["noExitRuntime"];if(Module["print"])out=Module["print"];if(Module["printErr"])err=Module["printErr"];if(Module["arguments"])programArgs=Module["arguments"];if(Module["thisProgram"])thisProgram=Module["thisProgram"];var preInit=Module["preInit"];if(preInit){if(typeof preInit=="function")Module["preInit"]=preInit=[preInit];while(preInit.length>0){preInit.shift()()}}}Module["getValue"]=getValue;Module["UTF8ToString"]=UTF8ToString;Module["stringToUTF8"]=stringToUTF8;Module["lengthBytesUTF8"]=lengthBytesUTF8;var _wasm_parse_query,_malloc,_free,_wasm_parse_query_raw,_wasm_free_parse_result,_wasm_parse_plpgsql,_wasm_fingerprint,_wasm_normalize_query,_wasm_parse_query_detailed,_wasm_free_detailed_result,_wasm_scan,_wasm_free_string,__emscripten_timeout,_setThrew,__emscripten_stack_restore,_emscripten_stack_get_current,memory,__indirect_function_table,wasmMemory,wasmTable;function assignWasmExports(wasmExports){_wasm_parse_query=Module["_wasm_parse_query"]=wasmExports["B"];_malloc=Module["_malloc"]=wasmExports["C"];_free=Module["_free"]=wasmExports["E"];_wasm_parse_query_raw=Module["_wasm_parse_query_raw"]=wasmExports["F"];_wasm_free_parse_result=Module["_wasm_free_parse_result"]=wasmExports["G"];_wasm_parse_plpgsql=Module["_wasm_parse_plpgsql"]=wasmExports["H"];_wasm_fingerprint=Module["_wasm_fingerprint"]=wasmExports["I"];_wasm_normalize_query=Module["_wasm_normalize_query"]=wasmExports["J"];_wasm_parse_query_detailed=Module["_wasm_parse_query_detailed"]=wasmExports["K"];_wasm_free_detailed_result=Module["_wasm_free_detailed_result"]=wasmExports["L"];_wasm_scan=Module["_wasm_scan"]=wasmExports["M"];_wasm_free_string=Module["_wasm_free_string"]=wasmExports["N"];__emscripten_timeout=wasmExports["O"];_setThrew=wasmExports["P"];__emscripten_stack_restore=wasmExports["Q"];_emscripten_stack_get_current=wasmExports["R"];memory=wasmMemory=wasmExports["z"];__indirect_function_table=wasmTable=wasmExports["D"]}var wasmImports={c:___assert_fail,x:__abort_js,w:__emscripten_runtime_keepalive_clear,p:__emscripten_throw_longjmp,o:__setitimer_js,q:_emscripten_resize_heap,m:_exit,u:_fd_close,r:_fd_read,s:_fd_seek,t:_fd_write,g:invoke_i,b:invoke_ii,a:invoke_iii,d:invoke_iiii,k:invoke_iiiii,l:invoke_ji,e:invoke_v,f:invoke_vi,h:invoke_vii,j:invoke_viii,i:invoke_viiii,y:invoke_viiiii,n:invoke_viiiiiiiiiiiii,v:_proc_exit};function invoke_iii(index,a1,a2){var sp=stackSave();try{return getWasmTableEntry(index)(a1,a2)}catch(e){stackRestore(sp);if(!(e instanceof EmscriptenEH))throw e;_setThrew(1,0)}}function invoke_ii(index,a1){var sp=stackSave();try{return getWasmTableEntry(index)(a1)}catch(e){stackRestore(sp);if(!(e instanceof EmscriptenEH))throw e;_setThrew(1,0)}}function invoke_i(index){var sp=stackSave();try{return getWasmTableEntry(index)()}catch(e){stackRestore(sp);if(!(e instanceof EmscriptenEH))throw e;_setThrew(1,0)}}function invoke_v(index){var sp=stackSave();try{getWasmTableEntry(index)()}catch(e){stackRestore(sp);if(!(e instanceof EmscriptenEH))throw e;_setThrew(1,0)}}function invoke_iiii(index,a1,a2,a3){var sp=stackSave();try{return getWasmTableEntry(index)(a1,a2,a3)}catch(e){stackRestore(sp);if(!(e instanceof EmscriptenEH))throw e;_setThrew(1,0)}}function invoke_viiii(index,a1,a2,a3,a4){var sp=stackSave();try{getWasmTableEntry(index)(a1,a2,a3,a4)}catch(e){stackRestore(sp);if(!(e instanceof EmscriptenEH))throw e;_setThrew(1,0)}}function invoke_viiiiiiiiiiiii(index,a1,a2,a3,a4,a5,a6,a7,a8,a9,a10,a11,a12,a13){var sp=stackSave();try{getWasmTableEntry(index)(a1,a2,a3,a4,a5,a6,a7,a8,a9,a10,a11,a12,a13)}catch(e){stackRestore(sp);if(!(e instanceof EmscriptenEH))throw e;_setThrew(1,0)}}function invoke_iiiii(index,a1,a2,a3,a4){var sp=stackSave();try{return getWasmTableEntry(index)(a1,a2,a3,a4)}catch(e){stackRestore(sp);if(!(e instanceof EmscriptenEH))throw e;_setThrew(1,0)}}function invoke_viii(index,a1,a2,a3){var sp=stackSave();try{getWasmTableEntry(index)(a1,a2,a3)}catch(e){stackRestore(sp);if(!(e instanceof EmscriptenEH))throw e;_setThrew(1,0)}}function invoke_vi(index,a1){var sp=stackSave();try{getWasmTableEntry(index)(a1)}catch(e){stackRestore(sp);if(!(e instanceof EmscriptenEH))throw e;_setThrew(1,0)}}function invoke_vii(index,a1,a2){var sp=stackSave();try{getWasmTableEntry(index)(a1,a2)}catch(e){stackRestore(sp);if(!(e instanceof EmscriptenEH))throw e;_setThrew(1,0)}}function invoke_viiiii(index,a1,a2,a3,a4,a5){var sp=stackSave();try{getWasmTableEntry(index)(a1,a2,a3,a4,a5)}catch(e){stackRestore(sp);if(!(e instanceof EmscriptenEH))throw e;_setThrew(1,0)}}function invoke_ji(index,a1){var sp=stackSave();try{return getWasmTableEntry(index)(a1)}catch(e){stackRestore(sp);if(!(e instanceof EmscriptenEH))throw e;_setThrew(1,0);return 0n}}async function run(){preRun();if(runDependencies){await resolveRunDependencies()}var setStatus=Module["setStatus"];if(setStatus){setStatus("Running...");await new Promise(resolve=>setTimeout(resolve,1));setTimeout(setStatus,1,"")}if(ABORT)return;initRuntime();Module["onRuntimeInitialized"]?.();postRun()}var wasmExports;wasmExports=await createWasm();await run();
;return Module}})();if(true){module.exports=PgQueryModule;module.exports["default"]=PgQueryModule}else {}


/***/ }),

/***/ 71629:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   AB: () => (/* binding */ matchTrust),
/* harmony export */   Q1: () => (/* binding */ claimText),
/* harmony export */   an: () => (/* binding */ describeNearest)
/* harmony export */ });
/* unused harmony exports CLAIM_VALUE_CHARS_MAX, matchGlob */
/** Which trust rule, if any, lets a verified subject token in (CONTRACT §3 `trust`). Pure. */
                                                

                        
                                                        
     
                              
                                                                                                          
                                     
      

                              
                        
                         
                                                                                                                     
                          
                                     
 

/** Characters of a claim's value that are compared; a longer one fails. */
const CLAIM_VALUE_CHARS_MAX = 4096;

/** The first rule, in the policy's order, whose issuer, audience and claims all match. */
function matchTrust(
  rules                      ,
  token   
                            
                              
                                                       
   ,
)             {
  let nearest                         ;
  let nearestFailed = Infinity;
  for (const rule of rules) {
    const failed = failures(rule, token);
    const first = failed[0];
    if (first === undefined) return { matched: true, rule };
    // A rule of another issuer or audience is far away, whatever its claims say.
    const distance = failed.length + (first.claim === "iss" || first.claim === "aud" ? FAR : 0);
    if (distance < nearestFailed) {
      nearestFailed = distance;
      nearest = first;
    }
  }
  return nearest === undefined ? { matched: false } : { matched: false, nearest };
}

/** `trust rule "deploy-prod" needs claim "ref" to be "refs/heads/main"; the token has "refs/heads/x"`. */
function describeNearest(nearest             )         {
  const value = nearest.value === undefined ? "does not have it" : `has ${JSON.stringify(nearest.value.slice(0, 200))}`;
  return (
    `trust rule ${JSON.stringify(nearest.rule)} needs claim ${JSON.stringify(nearest.claim)} to be ` +
    `${nearest.needed.map((needed) => JSON.stringify(needed)).join(" or ")}; the token ${value}`
  );
}

/**
 * Text of a claim as rules compare it; undefined for anything that has no single exact text. A number that JSON
 * could not keep exactly (above 2^53) has none: two repositories could share it.
 */
function claimText(claims                                   , name        )                     {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  return undefined;
}

/**
 * Matches a whole text: `*` is any run of characters without `/`, `**` any run, everything else itself.
 * Time is the product of both lengths at worst: no pattern makes it slow (CWE-1333).
 */
function matchGlob(pattern        , text        )          {
  const tokens = pattern.match(/\*\*+|\*|[^*]/gsu) ?? [];
  const characters = [...text];
  // reached[i]: the tokens before i can match the characters read so far.
  let reached = closeOver(tokens, new Set([0]));
  for (const character of characters) {
    const next = new Set        ();
    for (const index of reached) {
      const token = tokens[index];
      if (token === undefined) continue;
      if (token.length > 1 && token.startsWith("*")) next.add(index);
      else if (token === "*") {
        if (character !== "/") next.add(index);
      } else if (token === character) next.add(index + 1);
    }
    if (next.size === 0) return false;
    reached = closeOver(tokens, next);
  }
  return reached.has(tokens.length);
}

/** A star also matches nothing. */
function closeOver(tokens                   , states             )              {
  // A Set visits what is added while it is walked.
  for (const index of states) if (tokens[index]?.startsWith("*") === true) states.add(index + 1);
  return states;
}

function failures(
  rule           ,
  token                                                                                                            ,
)                {
  if (rule.issuer !== token.issuer) {
    return [{ rule: rule.name, claim: "iss", value: token.issuer, needed: [rule.issuer] }];
  }
  if (!rule.audience.includes(token.audience)) {
    return [{ rule: rule.name, claim: "aud", value: token.audience, needed: rule.audience }];
  }
  const found                = [];
  for (const [claim, globs] of Object.entries(rule.claims)) {
    const value = claimText(token.claims, claim);
    const usable = value !== undefined && value.length <= CLAIM_VALUE_CHARS_MAX;
    if (usable && globs.some((glob) => matchGlob(glob, value))) continue;
    found.push({ rule: rule.name, claim, needed: globs, ...(value === undefined ? {} : { value }) });
  }
  return found;
}

const FAR = 1_000_000;


/***/ }),

/***/ 55450:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   H: () => (/* binding */ MaskingError)
/* harmony export */ });
/* harmony import */ var _gate_base__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(49489);
/** What goes wrong while masking. Pure. Messages name rules and paths, never values. */


                              
                                                     
                                                                                        
                                                                    
                                                                 
                  // a document that is too deep, or has a key that is too long

class MaskingError extends _gate_base__WEBPACK_IMPORTED_MODULE_0__/* .GateError */ .ue {
           code                  ;

  constructor(kind           , code                  , message        ) {
    super(kind, message);
    this.code = code;
  }
}


/***/ }),

/***/ 19487:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   CO: () => (/* binding */ PathWalker),
/* harmony export */   Hf: () => (/* binding */ parseJsonPath),
/* harmony export */   zN: () => (/* binding */ foldName)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(55450);
/**
 * Reads JSON paths and follows them through a document. Pure.
 *
 * A subset of RFC 9535: `$`, `.name`, `['name']`, `[n]`, `[*]`, `.*`, `..name`. Names are compared after escapes
 * have been resolved, exactly, in any case as written.
 */


                
                                                                   
                                   
                                                   
                           
                                          
                                  
                            
 

                           
                        
                                  
 

/** @throws {MaskingError} PATH_INVALID */
function parseJsonPath(text        )           {
  if (text.length > PATH_CHARS_MAX) throw invalid(text.slice(0, 40), "is too long");
  if (!text.startsWith("$")) throw invalid(text, "must begin with `$`");
  const steps         = [];
  let at = 1;
  while (at < text.length) {
    const descend = text.startsWith("..", at);
    if (descend) at += 2;
    else if (text[at] === ".") at += 1;
    else if (text[at] !== "[") throw invalid(text, "needs `.` or `[` between its steps");
    const rest = text.slice(at);
    const bracket = /^\[(?:(\*)|(0|[1-9][0-9]{0,8})|'((?:[^'\\]|\\['\\])*)'|"((?:[^"\\]|\\["\\])*)")\]/.exec(rest);
    if (bracket !== null) {
      if (!descend && text[at - 1] === "." && at > 1) throw invalid(text, "has a `.` before `[`");
      const [, star, index, single, double] = bracket;
      const name = single ?? double;
      if (star !== undefined) steps.push({ kind: "any", select: "*", descend });
      else if (index !== undefined) steps.push({ kind: "index", select: Number(index), descend });
      else steps.push(named((name ?? "").replaceAll(/\\(.)/g, "$1"), descend));
      at += bracket[0].length;
      continue;
    }
    const plain = /^(?:(\*)|[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff-]*)/.exec(rest);
    if (plain === null || (text[at] === "[" && !descend)) throw invalid(text, "has a step that cannot be read");
    steps.push(plain[1] === undefined ? named(plain[0], descend) : { kind: "any", select: "*", descend });
    at += plain[0].length;
  }
  if (steps.length > STEPS_MAX) throw invalid(text, "has too many steps");
  return { text, steps };
}

function named(name        , descend         )       {
  return { kind: "name", select: name, folded: foldName(name), descend };
}

function invalid(path        , why        )               {
  return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .MaskingError */ .H("operator", "PATH_INVALID", `the JSON path ${path} ${why}; write it like $.items[*].name`);
}

/** A place in a path: path number × 64 + step number. */
                               

/** What the paths say about one value of a document. */
                          
                                                        
                                   
                                  
                                        
 

/** Follows several paths at once. */
class PathWalker {
           #paths                     ;
  /** A name step looks through arrays: `$.items.ssn` reaches every element's, so that a mask never hits too little. */
           #lax         ;

  constructor(paths                     , lax         ) {
    this.#paths = paths;
    this.#lax = lax;
  }

  root()          {
    const hits           = [];
    const inside              = [];
    for (const [number, { steps }] of this.#paths.entries()) {
      if (steps.length === 0) hits.push(number);
      else inside.push(number * STATES);
    }
    return { hits, inside };
  }

  member(states                      , name        )          {
    if (states.length === 0) return NOTHING;
    return this.#next(states, (step) => step.kind === "any" || (step.kind === "name" && step.select === name), false);
  }

  element(states                      , index        )          {
    if (states.length === 0) return NOTHING;
    const match = (step      )          => step.kind === "any" || (step.kind === "index" && step.select === index);
    return this.#next(states, match, this.#lax);
  }

  /** Does any of these states wait for a member's name? */
  wantsName(states                      )           {
    return states.flatMap((state) => (this.#step(state)?.kind === "name" ? [Math.floor(state / STATES)] : []));
  }

  /**
   * Which of these states wait for a name that this one is not, and is to readers that ignore case (Go's and .NET's do)
   * or write characters in one form first?
   */
  nearly(states                      , name        )           {
    let folded                    ;
    return states.flatMap((state) => {
      const step = this.#step(state);
      if (step?.kind !== "name" || step.select === name) return [];
      folded ??= foldName(name);
      return step.folded === folded ? [Math.floor(state / STATES)] : [];
    });
  }

  #next(states                      , matches                         , through         )          {
    const hits           = [];
    const inside              = [];
    for (const state of states) {
      const step = this.#step(state);
      if (step === undefined) continue;
      if ((step.descend || (through && step.kind === "name")) && !inside.includes(state)) inside.push(state);
      if (!matches(step)) continue;
      const path = Math.floor(state / STATES);
      if ((state % STATES) + 1 === this.#paths[path]?.steps.length) hits.push(path);
      else if (!inside.includes(state + 1)) inside.push(state + 1);
    }
    return hits.length + inside.length === 0 ? NOTHING : { hits, inside };
  }

  #step(state           )                   {
    return this.#paths[Math.floor(state / STATES)]?.steps[state % STATES];
  }
}

/** One name for all that some reader which ignores case takes for it: `ſ` is an s to Go, `ı` and `İ` an i to Java. */
function foldName(name        )         {
  return name.normalize("NFKC").toUpperCase().toLowerCase().replaceAll("\u0307", "");
}

const NOTHING          = { hits: [], inside: [] };
/** Longest JSON path, in characters. */
const PATH_CHARS_MAX = 1024;
/** Most steps of a JSON path. */
const STEPS_MAX = 32;
const STATES = 64;


/***/ }),

/***/ 67320:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Bg: () => (/* binding */ readJsonPaths)
/* harmony export */ });
/* unused harmony exports READ_BYTES_MAX, READ_DEPTH_MAX */
/* harmony import */ var _json_path_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(19487);
/* harmony import */ var _quoted_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(87677);
/**
 * Reads the scalars that stand at JSON paths, for policy to look at. Pure.
 *
 * Policy must not be surer than the target: whatever another reader could see differently is unknown.
 */



                                                          

                           
                                                                                                                   
                                                                   
     
                                                                                                                   
                         
     
                                      
                                                                                          
                             
 

/**
 * `$.a[*].b` gives every element's; a name that meets an array makes its path unknown, because some readers look
 * through it.
 * @throws {MaskingError} PATH_INVALID
 */
function readJsonPaths(bytes            , paths                   )           {
  const values                               = {};
  const unknown = new Set        ();
  if (bytes.length > READ_BYTES_MAX) return { values: {}, unknown: [...paths], complete: false };
  const reader = new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), paths, values, unknown);
  if (!reader.document()) return { values: {}, unknown: [...paths], complete: false };
  return { values, unknown: [...unknown], complete: true };
}

class Reader {
           #text        ;
           #paths                   ;
           #values                              ;
           #unknown             ;
           #walker            ;
  #at = 0;
  #depth = 0;

  constructor(bytes        , paths                   , values                              , unknown             ) {
    this.#text = bytes.toString("utf8");
    this.#paths = paths;
    this.#values = values;
    this.#unknown = unknown;
    this.#walker = new _json_path_js__WEBPACK_IMPORTED_MODULE_0__/* .PathWalker */ .CO(paths.map(_json_path_js__WEBPACK_IMPORTED_MODULE_0__/* .parseJsonPath */ .Hf), false);
  }

  document()          {
    const { hits, inside } = this.#walker.root();
    if (this.#text.startsWith("\ufeff") || !this.#value(hits, inside)) return false;
    this.#space();
    return this.#at === this.#text.length;
  }

  #value(hits                   , inside                      )          {
    this.#space();
    const character = this.#text[this.#at];
    if (character === "{") return this.#container(hits, () => this.#members(inside));
    if (character === "[") {
      for (const path of this.#walker.wantsName(inside)) this.#doubt(path);
      return this.#container(hits, () => this.#elements(inside));
    }
    if (character === '"') {
      const text = this.#string();
      if (text === undefined) return false;
      for (const hit of hits) this.#add(hit, text);
      return true;
    }
    SCALAR.lastIndex = this.#at;
    const [word] = SCALAR.exec(this.#text) ?? [];
    if (word === undefined) return false;
    this.#at += word.length;
    const scalar = scalarOf(word);
    for (const hit of hits) {
      if (scalar === undefined) this.#doubt(hit);
      else this.#add(hit, scalar);
    }
    return true;
  }

  #container(hits                   , read               )          {
    for (const hit of hits) this.#doubt(hit);
    if (this.#depth >= READ_DEPTH_MAX) return false;
    this.#depth += 1;
    this.#at += 1;
    const good = read();
    this.#depth -= 1;
    return good;
  }

  #members(states                      )          {
    this.#space();
    if (this.#take("}")) return true;
    for (;;) {
      this.#space();
      const name = this.#text[this.#at] === '"' ? this.#string() : undefined;
      if (name === undefined) return false;
      this.#space();
      if (!this.#take(":")) return false;
      for (const path of this.#walker.nearly(states, name)) this.#doubt(path);
      const { hits, inside } = this.#walker.member(states, name);
      if (!this.#value(hits, inside)) return false;
      this.#space();
      if (this.#take("}")) return true;
      if (!this.#take(",")) return false;
    }
  }

  #elements(states                      )          {
    this.#space();
    if (this.#take("]")) return true;
    for (let index = 0; ; index++) {
      const { hits, inside } = this.#walker.element(states, index);
      if (!this.#value(hits, inside)) return false;
      this.#space();
      if (this.#take("]")) return true;
      if (!this.#take(",")) return false;
    }
  }

  /** A string, read by JSON's own rules: control characters and bad escapes make the document none. */
  #string()                     {
    const end = (0,_quoted_js__WEBPACK_IMPORTED_MODULE_1__/* .endOfQuoted */ .L)(this.#text, this.#at);
    if (end === undefined) return undefined;
    const quoted = this.#text.slice(this.#at, end);
    this.#at = end;
    try {
      return JSON.parse(quoted)          ;
    } catch {
      return undefined;
    }
  }

  #take(character        )          {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #space()       {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? "")) this.#at += 1;
  }

  #add(path        , value            )       {
    const name = this.#paths[path]          ;
    (this.#values[name] ??= []).push(value);
  }

  #doubt(path        )       {
    this.#unknown.add(this.#paths[path]          );
  }
}

/** @returns undefined for a number that a double does not hold as written. */
function scalarOf(word        )                         {
  if (word === "true") return true;
  if (word === "false") return false;
  if (word === "null") return null;
  const number = Number(word);
  if (!Number.isFinite(number)) return undefined;
  if (Number.isInteger(number) && !Number.isSafeInteger(number)) return undefined;
  return number;
}

const SCALAR = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
/** Longest document that is read for policy, in bytes; of a longer one everything is unknown. */
const READ_BYTES_MAX = 16 * 1024 * 1024;
/** Deepest document that is read for policy. */
const READ_DEPTH_MAX = 256;


/***/ }),

/***/ 87677:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   L: () => (/* binding */ endOfQuoted)
/* harmony export */ });
/** Pure. */

/**
 * Where a text in double quotes ends that begins at `at`, in which a backslash stands before a character that is meant as
 * itself. By search, not by a pattern: a pattern remembers a place to come back to for each character, and of eight million
 * there is no room for more.
 * @returns the place behind the closing quote; undefined where nothing begins or it does not end.
 */
function endOfQuoted(text        , at        )                     {
  if (text[at] !== '"') return undefined;
  for (let from = at + 1; ;) {
    const quote = text.indexOf('"', from);
    if (quote === -1) return undefined;
    let start = quote;
    while (start > from && text[start - 1] === "\\") start -= 1;
    if ((quote - start) % 2 === 0) return quote + 1;
    from = quote + 1;
  }
}


/***/ }),

/***/ 62828:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  L8: () => (/* binding */ classify),
  U_: () => (/* binding */ mayOverride),
  Mw: () => (/* binding */ needsBody),
  UM: () => (/* binding */ plainFacts)
});

// EXTERNAL MODULE: ./packages/base/src/bytes.js
var bytes = __webpack_require__(41587);
// EXTERNAL MODULE: ./packages/masking/src/json-read.js
var json_read = __webpack_require__(67320);
// EXTERNAL MODULE: ./packages/protocols/src/web/media-type.js
var media_type = __webpack_require__(82534);
// EXTERNAL MODULE: ./packages/protocols/src/http/multipart.js
var multipart = __webpack_require__(50957);
// EXTERNAL MODULE: ./packages/masking/src/json-path.js
var json_path = __webpack_require__(19487);
;// CONCATENATED MODULE: ./packages/protocols/src/http/parameter-names.js
/**
 * Names of form fields and query parameters as the frameworks read them that rewrite names: `a[]` and `a[b]` are `a`
 * (PHP, Rack, qs), `[a]` is `a` (Rack 2, qs), `.a`, ` .a` and `a b` are `_a` and `a_b` (PHP), `a.b` is `a` (qs, Spring),
 * `?a` is `a` at the beginning (URLSearchParams), and to many case does not matter. Pure.
 */


/** All that some framework takes a name for. */
function readingsOf(name        )                    {
  const [own = ""] = name.replace(/^[?[\] ]+/, "").split(/[[\]\0]/, 1);
  const underscored = (0,json_path/* foldName */.zN)(own.replace(/[. ]/g, "_"));
  if (!own.includes(".")) return [underscored];
  const [before = ""] = own.replace(/^\.+/, "").split(".", 1);
  return [underscored, (0,json_path/* foldName */.zN)(before)];
}

/** Those of the asked names that one of the given names is to some framework, without being it. */
function doubted(asked                   , given                  )                    {
  if (asked.length === 0) return asked;
  const by = new Map                     ();
  for (const name of given) {
    for (const reading of readingsOf(name)) by.set(reading, (by.get(reading) ?? new Set()).add(name));
  }
  return asked.filter((name) =>
    readingsOf(name).some((reading) => {
      const names = by.get(reading);
      return names !== undefined && (names.size > 1 || !names.has(name));
    }),
  );
}

/** A field that some frameworks take the method from. */
function isOverrideField(name        )          {
  return readingsOf(name).some((reading) =>
    /^_method$|^x-http-method(?:-override)?$|^x-method-override$/.test(reading),
  );
}

// EXTERNAL MODULE: ./packages/protocols/src/web/request-head.js
var request_head = __webpack_require__(34407);
// EXTERNAL MODULE: ./packages/protocols/src/web/request-target.js
var request_target = __webpack_require__(42492);
;// CONCATENATED MODULE: ./packages/protocols/src/http/classify.js
/**
 * The facts of a request: what it is called, where it goes, and those of its values that the policy asks about. Pure.
 */

                                                           

                                                           






                                
                             
                                            
                                                                                                      
                   
                                        
                                       
                                     
    
                                                                             
                                    
                                                                                              
                                  
                                                                      
                         
 

/** @throws {WebError} REQUEST_AMBIGUOUS for a form that two readers could understand differently. */
function classify(input               )        {
  const { head, upgrade } = input;
  const form = formOf(input);
  const methods = effectiveMethods(head, form, input);
  const fields                       = {
    method: { type: "set", items: methods.names.map((name) => ({ name })), complete: methods.complete },
    path: { type: "set", items: [{ name: head.path }], complete: true },
    query: queryFacts(head, input.asked.query ?? []),
    headers: headerFacts(input.forwarded ?? head.headers, input.asked.headers),
    upgrade: { type: "set", items: upgrade === undefined ? [] : [{ name: upgrade }], complete: true },
  };
  if (input.asked.body.length > 0) fields["body"] = bodyFacts(input, form);
  return {
    kind: "http",
    classified: true,
    housekeeping: false,
    writes: methods.names.some((name) => !SAFE.has(name)) || upgrade !== undefined,
    fields,
  };
}

/**
 * The same facts object for the same plain request (nothing asked of its headers, no query, no body, no override): what
 * was decided of it, and how it is written into a record, is then known. `undefined` for any other request.
 */
function plainFacts(input               )                    {
  const { head, asked, upgrade } = input;
  if (!SAFE.has(head.method) || head.length !== 0 || head.parameters.size > 0) return undefined;
  if (asked.headers.length > 0 || upgrade !== undefined || head.path.length > PLAIN_PATH_CHARS_MAX) return undefined;
  for (const [name] of head.headers) if (OVERRIDES.includes(name)) return undefined;
  const key = `${head.method} ${asked.body.length > 0 ? "body" : ""} ${head.path}`;
  let facts = PLAIN.get(key);
  if (facts === undefined) {
    facts = classify(input);
    if (PLAIN.size >= PLAIN_MAX) PLAIN.clear();
    PLAIN.set(key, facts);
  }
  return facts;
}

/** Must the body be read before the request can be judged? */
function needsBody(head             , asked                   )          {
  if (head.length === 0) return false;
  return asked.length > 0 || (head.method === "POST" && (isForm(head) || isMultipart(head) || isUntyped(head)));
}

/** A body that streams behind what was judged may still hold a field that changes the method. */
function mayOverride(head             )          {
  return head.method === "POST" && isMultipart(head);
}

/** No type, or one that cannot be read: some frameworks then look for a form (Rack does for POST). */
function isUntyped(head             )          {
  return (0,media_type/* readMediaType */.Hi)((0,request_head/* headerOf */.rR)(head, "content-type")).type === "";
}

function isMultipart(head             )          {
  return (0,media_type/* readMediaType */.Hi)((0,request_head/* headerOf */.rR)(head, "content-type")).type.startsWith("multipart/");
}

function isForm(head             )          {
  return (0,media_type/* readMediaType */.Hi)((0,request_head/* headerOf */.rR)(head, "content-type")).type === "application/x-www-form-urlencoded";
}

/** Form fields that many frameworks take the method from, instead of the request line. */
function effectiveMethods(
  head             ,
  form                                                    ,
  input               ,
)                                                                    {
  const names = new Set([head.method]);
  let complete = true;
  const add = (value        )       => {
    const name = value.trim().toUpperCase();
    if (/^[A-Z][A-Z-]{0,31}$/.test(name)) names.add(name);
    else if (name !== "") complete = false;
  };
  for (const header of OVERRIDES) for (const value of (0,request_head/* headersOf */.Yl)(head, header)) value.split(",").forEach(add);
  for (const [key, values] of head.parameters) if (isOverrideField(key)) values.forEach(add);
  if (head.method === "POST" && isForm(head)) {
    if (form === undefined) complete = false;
    for (const [key, values] of form ?? []) if (isOverrideField(key)) values.forEach(add);
    // To some a `;` separates fields as a `&` does.
    if (input.body?.includes(";") === true && namesOverride(input.body)) complete = false;
  }
  if (head.method === "POST" && head.length !== 0 && isUntyped(head)) {
    if (input.body === undefined || namesOverride(input.body)) complete = false;
  }
  if (mayOverride(head) && head.length !== 0) {
    // What follows a part is watched while it streams; behind a coding there is nothing to be seen.
    const seen = input.body ?? ((0,request_head/* headerOf */.rR)(head, "content-encoding") === undefined ? input.part : undefined);
    if (seen === undefined || new multipart/* OverrideWatch */.y().push(seen)) complete = false;
  }
  return { names: [...names], complete };
}

/** Would any reading of these bytes as a form find such a field? */
function namesOverride(body        )          {
  return body
    .toString("latin1")
    .split(/[&;]/)
    .map((pair) => (pair.split("=", 1)[0] ?? "").replaceAll("+", " ").replace(/%([0-9a-f]{2})/gi, decodeOne))
    .some((name) => isOverrideField(name.trim()));
}

function decodeOne(_all        , hex        )         {
  return String.fromCharCode(Number.parseInt(hex, 16));
}

function formOf(input               )                                                     {
  if (input.body === undefined || !isForm(input.head)) return undefined;
  // Names written in EBCDIC are other names.
  const { charset } = (0,media_type/* readMediaType */.Hi)((0,request_head/* headerOf */.rR)(input.head, "content-type"));
  if (charset !== undefined && !/^(?:utf-?8|us-ascii|iso-8859-1)$/.test(charset)) return undefined;
  const text = input.body.toString("latin1");
  if (/[^\x21-\x7e]/.test(text)) return undefined;
  return (0,request_target/* canonicalQuery */.Jj)(text).parameters;
}

function headerFacts(headers            , asked                   )          {
  const entries                                    = {};
  for (const name of asked) {
    if (CREDENTIALS.has(name)) continue;
    const values = (0,request_head/* headersOf */.Yl)({ headers }, name);
    if (values.length > 0) entries[name] = values;
  }
  return { type: "map", entries, complete: true };
}

function queryFacts(head             , asked                   )          {
  const unknown = doubted(asked, head.parameters.keys());
  return {
    type: "map",
    entries: fromMap(head.parameters),
    complete: true,
    ...(unknown.length === 0 ? {} : { unknown }),
  };
}

function bodyFacts(input               , form                                                    )          {
  const { head, body, asked } = input;
  if (head.length === 0 || body?.length === 0) return { type: "map", entries: {}, complete: true };
  const { type, charset } = (0,media_type/* readMediaType */.Hi)((0,request_head/* headerOf */.rR)(head, "content-type"));
  if (form !== undefined) {
    // What to some is one field's value are several fields to others.
    if (body?.includes(";") === true) return UNREAD;
    const names = new Map(asked.body.map((path) => [path, /^\$\.([^.[\]*]+)$/.exec(path)?.[1]]));
    const unsure = new Set(
      doubted(
        [...names.values()].filter((name) => name !== undefined),
        form.keys(),
      ),
    );
    const entries                                    = {};
    const unknown           = [];
    for (const [path, name] of names) {
      const values = name === undefined ? undefined : form.get(name);
      if (name === undefined || unsure.has(name)) unknown.push(path);
      if (values !== undefined) entries[path] = values;
    }
    return { type: "map", entries, complete: true, ...(unknown.length === 0 ? {} : { unknown }) };
  }
  if (body === undefined || !(0,media_type/* isJsonType */.vs)(type) || (charset !== undefined && !/^utf-?8$/.test(charset))) return UNREAD;
  try {
    (0,bytes/* decodeUtf8 */._6)(body);
  } catch {
    return UNREAD;
  }
  // Of a name that stands twice both values are facts: an allow needs both, a deny one.
  const { values, unknown, complete } = (0,json_read/* readJsonPaths */.Bg)(body, asked.body);
  return { type: "map", entries: values, complete, ...(unknown.length === 0 ? {} : { unknown }) };
}

function fromMap(map                                        )                     {
  // fromEntries defines each key as an own one, also `__proto__`.
  return Object.fromEntries(map);
}

const UNREAD          = { type: "map", entries: {}, complete: false };
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
const PLAIN = new Map               ();
/** Plain requests whose facts are kept. */
const PLAIN_MAX = 256;
/** Longest path of a request whose facts are kept, in characters. */
const PLAIN_PATH_CHARS_MAX = 512;
const OVERRIDES = ["x-http-method-override", "x-method-override", "x-http-method"];
/** Never in a record, whatever a rule asks for. */
const CREDENTIALS = new Set(["authorization", "proxy-authorization", "cookie", "gate-endpoint"]);


/***/ }),

/***/ 50957:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   y: () => (/* binding */ OverrideWatch)
/* harmony export */ });
/**
 * Looks for a form field that some frameworks take the method from, in a multipart body that streams (RFC 7578). Pure.
 * A false alarm needs a file that holds such a header line itself.
 */

class OverrideWatch {
  #tail = "";

  /** True once the bytes so far hold a part with such a name, however they were cut. */
  push(chunk            )          {
    const text = this.#tail + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1");
    this.#tail = text.slice(-HEADER_BYTES_MAX);
    return OVERRIDE.test(text);
  }
}

/** Bytes of a part's header that are kept from one chunk to the next. */
const HEADER_BYTES_MAX = 600;
const PART = String.raw`content-disposition[ \t]*:(?:[^\r\n]|\r?\n[ \t]){0,512}?`;
/** PHP takes `.` for `_`. */
const NAME = String.raw`(?:[_.]method|x-http-method(?:-override)?|x-method-override)\b`;
/** What PHP and Rack leave out in front of a name. */
const BEFORE = String.raw`(?:["'][[\] ]*|[[\]][[\] ]*)?`;
/** Also names in forms that only some parsers undo: quoted pairs, RFC 5987, and a part's id in place of a name. */
const OVERRIDE = new RegExp(
  [
    String.raw`${PART}name[ \t]*=[ \t]*${BEFORE}${NAME}`,
    String.raw`${PART}[;\s]name(?:\*|[ \t]*=[ \t]*["']?[^"'\r\n]{0,64}?\\)`,
    String.raw`content-id[ \t]*:[ \t]*[<"']?${NAME}`,
  ].join("|"),
  "i",
);


/***/ }),

/***/ 89012:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  g6: () => (/* binding */ ANY_ARGUMENTS),
  QK: () => (/* binding */ HANDSHAKE),
  vL: () => (/* binding */ SERVER_NOTIFICATIONS),
  xS: () => (/* binding */ factsOf),
  D9: () => (/* binding */ readCall)
});

// UNUSED EXPORTS: COMMANDS, HOUSEKEEPING

// EXTERNAL MODULE: ./packages/masking/src/json-read.js
var json_read = __webpack_require__(67320);
// EXTERNAL MODULE: ./packages/protocols/src/web/strict-json.js
var strict_json = __webpack_require__(86699);
// EXTERNAL MODULE: ./packages/protocols/src/mcp/errors.js
var errors = __webpack_require__(92120);
;// CONCATENATED MODULE: ./packages/protocols/src/mcp/resource-uri.js
/**
 * A resource's URI as every reader must read it (RFC 3986 §6). What is judged is what is sent, so a URI that names the
 * same thing in another way than the canonical one is refused rather than rewritten. Pure.
 */


/** @throws {McpError} MCP_AMBIGUOUS. */
function checkResourceUri(uri        )       {
  if (uri.length === 0 || uri.length > URI_CHARS_MAX) throw refused(`has no characters, or more than ${URI_CHARS_MAX}`);
  if (/[\u0000-\u0020\u007f\\]/u.test(uri)) throw refused("holds a blank, a control character or a backslash");
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/u.exec(uri);
  if (scheme?.[1] === undefined || scheme[2] === undefined) throw refused("has no scheme");
  if (scheme[1] !== scheme[1].toLowerCase()) throw refused("has a scheme in upper case");
  if (uri.includes("#")) throw refused("has a fragment");
  if (scheme[1] === "file" && uri.includes("?")) throw refused("is a file's with a query");
  for (const [, digits = ""] of uri.matchAll(/%(.{0,2})/gu)) {
    if (!/^[0-9A-Fa-f]{2}$/.test(digits)) throw refused("has a `%` without two hexadecimal digits");
    const character = String.fromCharCode(Number.parseInt(digits, 16));
    // Unreserved ones have a plain form; the others would be a separator, an end, or another layer of encoding.
    if (/[A-Za-z0-9\-._~/\\%\u0000-\u001f\u007f]/u.test(character)) throw refused(`has %${digits}`);
  }
  const [beforeQuery = ""] = scheme[2].split("?", 1);
  const authority = /^\/\/([^/]*)(.*)$/u.exec(beforeQuery);
  if (scheme[1] === "file" && (authority === null || authority[1] !== "")) throw refused("is a file's with a host");
  if ((scheme[1] === "http" || scheme[1] === "https") && authority?.[1] !== authority?.[1]?.toLowerCase()) {
    throw refused("has a host in upper case");
  }
  const path = authority === null ? beforeQuery : (authority[2] ?? "");
  const segments = path.split("/").slice(authority === null ? 0 : 1);
  for (const [at, segment] of segments.entries()) {
    if (segment === "." || segment === "..") throw refused("has a dot segment");
    if (segment === "" && at > 0 && at < segments.length - 1) throw refused("has an empty segment");
    if (segment === "" && at === 0 && segments.length > 1 && authority !== null) throw refused("has an empty segment");
  }
}

function refused(what        )           {
  return new errors/* McpError */.N("MCP_AMBIGUOUS", `gate: the resource's URI ${what}; write it in its canonical form`);
}

/** Characters of a resource's URI. */
const URI_CHARS_MAX = 4_096;

;// CONCATENATED MODULE: ./packages/protocols/src/mcp/classify.js
/**
 * The facts of a message: which method, which tool with which arguments, which resource, which prompt. Pure.
 * Methods: https://modelcontextprotocol.io/specification/2025-11-25/schema and …/2026-07-28/schema.
 */
                                                           





/** `undefined`: nobody knows what the tool's definition is. */
                                                                       

                            
                          
                         
                                                 
                           
                                         
                                     
                               
 

function factsOf(call           )        {
  const { method, tool, resources, prompt } = call;
  const known = HOUSEKEEPING.has(method) || COMMANDS.has(method);
  const listens = method === "subscriptions/listen" && (resources === undefined || resources.length === 0);
  const fields                       = {
    method: set([method]),
    tool: tool === undefined ? NONE : set([tool]),
    resource:
      resources === undefined
        ? NONE
        : resources === "any"
          ? { type: "set", items: [], complete: false }
          : set(resources),
    prompt: prompt === undefined ? NONE : set([prompt]),
    definition: tool === undefined ? NONE : { type: "scalar", value: call.definition },
    arguments: call.arguments ?? NONE,
  };
  return {
    kind: "mcp",
    classified: known,
    ...(known ? {} : { unclassifiedReason: "the method is not one of the protocol's" }),
    housekeeping: HOUSEKEEPING.has(method) || listens,
    writes: method === "tools/call",
    fields,
  };
}

                           
                           
                                                                  
                                    
 

/**
 * @param argumentBytes of `params.arguments`, where it is there
 * @param asked JSON paths in the arguments that the grant's rules look at
 * @throws {McpError} MCP_AMBIGUOUS for a call that names nothing, or in a way that could be read otherwise.
 */
function readCall(
  method        ,
  params            ,
  argumentBytes                        ,
  asked                   ,
)           {
  const base = { method };
  switch (method) {
    case "tools/call": {
      const tool = classify_name(params, "name");
      return { call: { ...base, tool, arguments: argumentsOf(params, argumentBytes, asked) }, tool };
    }
    case "prompts/get":
      return plain({
        ...base,
        prompt: classify_name(params, "name"),
        arguments: argumentsOf(params, argumentBytes, asked),
      });
    case "resources/read":
    case "resources/subscribe":
    case "resources/unsubscribe": {
      const uri = classify_name(params, "uri");
      checkResourceUri(uri);
      return plain({ ...base, resources: [uri] });
    }
    case "completion/complete": {
      const { ref } = params;
      if (!(0,strict_json/* isJsonObject */.OW)(ref)) throw wrong("`ref` must be an object");
      if (ref["type"] === "ref/prompt") return plain({ ...base, prompt: classify_name(ref, "name") });
      if (ref["type"] === "ref/resource") return plain({ ...base, resources: [classify_name(ref, "uri")] });
      throw wrong("`ref.type` must be ref/prompt or ref/resource");
    }
    case "subscriptions/listen":
      return plain({ ...base, resources: listened(params) });
    default:
      return plain(base);
  }
}

/** What a grant must have a rule for; everything that is no known method is unclassified. */
const COMMANDS                      = new Set([
  "tools/call",
  "resources/read",
  "resources/subscribe",
  "resources/unsubscribe",
  "prompts/get",
  "completion/complete",
  "subscriptions/listen",
  "tasks/get",
  "tasks/result",
  "tasks/list",
  "tasks/cancel",
  "tasks/update",
  // From the target to the client.
  "sampling/createMessage",
  "elicitation/create",
  "roots/list",
]);

/** Changes neither data nor meaning: the handshake, what keeps a stream, and lists that show only what may be used. */
const HOUSEKEEPING                      = new Set([
  "initialize",
  "server/discover",
  "ping",
  "logging/setLevel",
  "tools/list",
  "resources/list",
  "resources/templates/list",
  "prompts/list",
  "notifications/initialized",
  "notifications/cancelled",
  "notifications/progress",
  "notifications/roots/list_changed",
  "notifications/tasks/status",
  // HTTP's own: the stream of a session, and its end.
  "transport/listen",
  "transport/close",
]);

/**
 * Of these, what a client sends without being asked to do anything: it takes no part in the grant's rate, or a rate for
 * calls would be used up by the handshake.
 */
const HANDSHAKE                      = new Set([...HOUSEKEEPING].filter((method) => !method.endsWith("/list")));

/** Notifications of the target's that go on to the client. */
const SERVER_NOTIFICATIONS                      = new Set([
  "notifications/cancelled",
  "notifications/progress",
  "notifications/message",
  "notifications/tools/list_changed",
  "notifications/resources/list_changed",
  "notifications/resources/updated",
  "notifications/prompts/list_changed",
  "notifications/tasks/status",
  "notifications/elicitation/complete",
  "notifications/subscriptions/acknowledged",
]);

/** Arguments of which nothing is known yet: of a tool or prompt in a list. */
const ANY_ARGUMENTS          = { type: "map", entries: {}, complete: false };

function argumentsOf(params            , bytes                        , asked                   )          {
  const value                        = params["arguments"];
  if (value === undefined || value === null) return { type: "map", entries: {}, complete: true };
  if (!(0,strict_json/* isJsonObject */.OW)(value) || bytes === undefined) throw wrong("`arguments` must be an object");
  const { values, unknown, complete } = (0,json_read/* readJsonPaths */.Bg)(bytes, asked);
  return { type: "map", entries: values, complete, ...(unknown.length === 0 ? {} : { unknown }) };
}

function listened(params            )                    {
  const { notifications = {} } = params;
  if (!(0,strict_json/* isJsonObject */.OW)(notifications)) throw wrong("`notifications` must be an object");
  const uris = notifications["resourceSubscriptions"] ?? [];
  if (!Array.isArray(uris)) throw wrong("`resourceSubscriptions` must be a list");
  return (uris                        ).map((uri) => {
    if (typeof uri !== "string") throw wrong("`resourceSubscriptions` must be a list of URIs");
    checkResourceUri(uri);
    return uri;
  });
}

function classify_name(params            , key        )         {
  const value = params[key];
  if (typeof value !== "string" || value === "" || value.length > NAME_CHARS_MAX) {
    throw wrong(`\`${key}\` must be a text of at most ${NAME_CHARS_MAX} characters`);
  }
  if (/[\u0000-\u001f\u007f]/u.test(value)) throw wrong(`\`${key}\` holds a control character`);
  return value;
}

function plain(call           )           {
  return { call, tool: undefined };
}

function wrong(what        )           {
  return new errors/* McpError */.N("MCP_AMBIGUOUS", `gate: ${what}`);
}

function set(names                   )       {
  return { type: "set", items: names.map((each) => ({ name: each })), complete: true };
}

const NONE       = { type: "none" };
/** Characters of a tool's, prompt's or resource's name. */
const NAME_CHARS_MAX = 4_096;


/***/ }),

/***/ 92120:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   N: () => (/* binding */ McpError)
/* harmony export */ });
/* harmony import */ var _gate_base__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(49489);
/** What goes wrong around one message, with the HTTP status and the JSON-RPC code that the client is told. Pure. */


                          
                                               
                                                                           
                                                                 
                                                                     
                                                                                                  
                                                                        
                                                     
                                                       
                                                                  
                    // the target's answer is not what the protocol allows

/** `message` is fit for the client: it never holds an address, a secret or bytes of a peer. */
class McpError extends _gate_base__WEBPACK_IMPORTED_MODULE_0__/* .GateError */ .ue {
           code              ;
           status        ;
           rpcCode        ;
           data                                               ;

  constructor(
    code              ,
    message        ,
    options                                                                                  = {},
  ) {
    const [kind, status, rpcCode] = SHAPES[code];
    super(kind, message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = status;
    this.rpcCode = rpcCode;
    this.data = options.data;
  }
}

const SHAPES                                                                                              = {
  MCP_MALFORMED: ["peer-wrong", 400, -32700],
  MCP_AMBIGUOUS: ["peer-wrong", 400, -32600],
  MCP_TOO_LARGE: ["peer-wrong", 413, -32600],
  MCP_HEADER_MISMATCH: ["peer-wrong", 400, -32020],
  MCP_VERSION: ["peer-unsupported", 400, -32022],
  MCP_SESSION: ["peer-wrong", 404, -32000],
  MCP_ORIGIN: ["peer-wrong", 403, -32600],
  MCP_NOT_FOUND: ["peer-wrong", 404, -32000],
  MCP_METHOD: ["peer-unsupported", 405, -32000],
  MCP_UPSTREAM: ["peer-wrong", 502, -32000],
};


/***/ }),

/***/ 51494:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  Ld: () => (/* binding */ agentFacts),
  rQ: () => (/* binding */ canonicalHost),
  bO: () => (/* binding */ execFacts),
  B4: () => (/* binding */ forwardFacts),
  QL: () => (/* binding */ hostPort),
  Xr: () => (/* binding */ listenFacts),
  J$: () => (/* binding */ sftpFacts),
  kT: () => (/* binding */ shellFacts),
  L6: () => (/* binding */ socketFacts),
  r4: () => (/* binding */ subsystemFacts),
  gp: () => (/* binding */ x11Facts)
});

// EXTERNAL MODULE: external "node:net"
var external_node_net_ = __webpack_require__(77030);
;// CONCATENATED MODULE: ./packages/protocols/src/ssh/argv.js
/**
 * The words of a command line as a POSIX shell would make them, or why they cannot be known beforehand. Pure.
 * IEEE Std 1003.1-2024, Shell Command Language §2.2 (quoting), §2.3 (tokens), §2.6 (expansions), §2.9.4 (subshells).
 *
 * Only what every POSIX-like login shell (sh, dash, bash, ksh, zsh) reads in the same way is resolved: literal words in
 * simple commands that are joined by `|`, `&&`, `||`, `;`, newlines and parentheses, and output thrown away. Whatever
 * depends on the target (variables, substitutions, file name patterns, other redirections, assignments, functions) is
 * named as a reason, never guessed. A literal text for `sh -c` is read in the same way: its commands count beside it.
 */

                              
                                                                                                                   
                                                    
                                                                                   
                           
 

function parseCommandLine(text        )              {
  return parse(text, 0);
}

function parse(text        , depth        )              {
  const reader = new Reader(text);
  try {
    reader.read();
  } catch (error) {
    if (!(error instanceof Unresolved)) throw error;
    return { commands: reader.commands, reason: error.message };
  }
  const commands                        = [];
  let reason                    ;
  for (const words of reader.commands) {
    commands.push(words);
    const code = depth < SHELLS_MAX ? shellCode(words) : undefined;
    if (code === undefined) {
      reason ??= unresolvedWord(words);
      continue;
    }
    const inner = parse(code, depth + 1);
    commands.push(...inner.commands);
    reason ??= inner.reason;
  }
  if (commands.length > COMMANDS_MAX) reason ??= "the command line has too many commands";
  return reason === undefined ? { commands } : { commands, reason };
}

/** The text that a shell is given, where nothing but a shell runs it: `sh -c TEXT`, `sudo -n -u root sh -c TEXT`. */
function shellCode(words                   )                     {
  let at = 0;
  if (words[0] === "sudo" || words[0] === "/usr/bin/sudo") {
    at += 1;
    while (SUDO_FLAGS.has(words[at] ?? "")) at += 1;
    if (words[at] === "-u" && /^[A-Za-z_][\w-]*$/u.test(words[at + 1] ?? "")) at += 2;
  }
  const [shell = "", flag, code, ...more] = words.slice(at);
  if (!SHELLS.has(shell) || flag !== "-c" || code === undefined || more.length > 0) return undefined;
  // An option of the shell, not its code.
  return /^[-+]/u.test(code) ? undefined : code;
}

class Reader {
           commands             = [];
           #text        ;
  #at = 0;
  #words           = [];
  #count = 0;

  constructor(text        ) {
    this.#text = text;
  }

  read()       {
    if (this.#text.length > COMMAND_CHARS_MAX) throw new Unresolved("the command line is too long to be read");
    if (/[\0-\x08\x0b-\x1f\x7f]|[^\S \t\n]/u.test(this.#text)) {
      throw new Unresolved("a control character or an unusual blank is in the command line");
    }
    for (;;) {
      this.#skipBlanks();
      const char = this.#text[this.#at];
      if (char === undefined) break;
      if (this.#thrownAway()) continue;
      if (SEPARATORS.includes(char)) this.#separator(char);
      else if (char === "(" && this.#begins()) this.#open();
      else if (char === ")" && this.#depth > 0) this.#close();
      else this.#word();
    }
    if (this.#depth > 0) throw new Unresolved("parentheses are not closed");
    // `a &&` and `a |` wait for more; `a ;` does not.
    if (this.#words.length === 0 && this.#joined) throw new Unresolved("the command line ends with an operator");
    this.#endCommand();
    if (this.commands.length === 0) throw new Unresolved("the command line is empty");
  }

  /** True after `|`, `&&` or `||`: a command must follow. */
  #joined = false;

  /** Parentheses that are open. */
  #depth = 0;
  /** True behind a closing one: what follows belongs to no command. */
  #closed = false;
  /** True when the command has a redirection already. */
  #redirected = false;

  /** Output that goes nowhere, or to the other output; input from nowhere. */
  #thrownAway()          {
    THROWN_AWAY.lastIndex = this.#at;
    const found = THROWN_AWAY.exec(this.#text);
    if (found === null) return false;
    this.#at += found[0].length;
    this.#redirected = true;
    return true;
  }

  /** At the beginning of a command, where `(` opens a subshell. */
  #begins()          {
    return this.#words.length === 0 && !this.#closed && !this.#redirected;
  }

  #open()       {
    const next = this.#text[this.#at + 1];
    // `((` is arithmetic; in zsh a `(` right before a word may belong to it.
    if (next !== " " && next !== "\t" && next !== "\n") throw new Unresolved("parentheses are not resolved");
    this.#at += 1;
    this.#depth += 1;
    this.#joined = false;
    if (this.#depth > SUBSHELLS_MAX) throw new Unresolved("the command line has too many parentheses");
  }

  #close()       {
    if (this.#words.length === 0 && !this.#closed) throw new Unresolved("parentheses are not resolved");
    this.#endCommand();
    this.#at += 1;
    this.#depth -= 1;
    this.#closed = true;
  }

  #separator(char        )       {
    const next = this.#text[this.#at + 1];
    const two = char + (next ?? "");
    if (two === "&&" || two === "||") this.#at += 2;
    else if (two === ";;" || two === "|&") throw new Unresolved(`\`${two}\` is not resolved`);
    else if (char === "&") throw new Unresolved("a command in the background is not resolved");
    else this.#at += 1;
    if (char === "\n" && this.#words.length === 0 && !this.#closed && !this.#redirected) return;
    if (this.#words.length === 0 && !this.#closed) throw new Unresolved("an operator has no command before it");
    this.#endCommand();
    this.#joined = char === "|" || char === "&";
  }

  #endCommand()       {
    const bare = this.#redirected && this.#words.length === 0 && !this.#closed;
    if (bare) throw new Unresolved("a redirection has no command");
    this.#closed = false;
    this.#redirected = false;
    if (this.#words.length === 0) return;
    this.commands.push(this.#words);
    if (this.commands.length > COMMANDS_MAX) throw new Unresolved("the command line has too many commands");
    this.#words = [];
  }

  #word()       {
    if (this.#closed) throw new Unresolved("something follows a closed parenthesis");
    const start = this.#at;
    let word = "";
    let quoted = false;
    let braces = false;
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined || char === " " || char === "\t" || SEPARATORS.includes(char)) break;
      if (char === "'" || char === '"' || (char === "$" && this.#text[this.#at + 1] === "'")) quoted = true;
      if (char === "'") word += this.#single();
      else if (char === '"') word += this.#double();
      else if (char === "\\") {
        quoted = true;
        word += this.#escaped();
      } else if (char === "$" && this.#text[this.#at + 1] === "'") word += this.#dollarSingle();
      else {
        this.#checkBare(char, start);
        braces ||= char === "{";
        word += char;
        this.#at += 1;
      }
    }
    // Quotes elsewhere in the word change nothing: bash makes two words of `{a,b}''`.
    if (braces && (quoted || word !== "{}")) throw new Unresolved("braces are not resolved");
    // Continued lines are joined before anything is recognised: a keyword may be cut by one.
    if (this.#words.length === 0) this.#checkFirst(word, this.#text.slice(start, this.#at).replaceAll("\\\n", ""));
    this.#words.push(word);
    this.#count += 1;
    this.#joined = false;
    if (this.#count > WORDS_MAX) throw new Unresolved("the command line has too many words");
  }

  /** A character outside of quotes. */
  #checkBare(char        , wordStart        )       {
    if (char === "$" || char === "`") throw new Unresolved("variables and substitutions are not resolved");
    if (char === "<" || char === ">") throw new Unresolved("redirections and here-documents are not resolved");
    if (char === "(" || char === ")") throw new Unresolved("parentheses are not resolved");
    if (char === "*" || char === "?" || char === "[") throw new Unresolved("file name patterns are not resolved");
    let end = this.#at;
    while (end > wordStart && this.#text[end - 1] === "\n") end -= 2;
    const before = end <= wordStart ? "" : (this.#text[end - 1] ?? "");
    if (char === "~" && (before === "" || before === "=" || before === ":")) {
      throw new Unresolved("`~` is not resolved");
    }
    if (before !== "") return;
    if (char === "#") throw new Unresolved("a comment is in the command line");
    // zsh: `=name` is the path of a program.
    if (char === "=") throw new Unresolved("a word that begins with `=` is not resolved");
  }

  #checkFirst(word        , raw        )       {
    if (/^[A-Za-z_][A-Za-z0-9_]*(?:\+?=)/u.test(raw)) throw new Unresolved("assignments are not resolved");
    if (raw === word && RESERVED.has(word)) throw new Unresolved("the shell's own constructs are not resolved");
    if (word === "") throw new Unresolved("a command has no name");
  }

  #single()         {
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end === -1) throw new Unresolved("a quote is not closed");
    const inside = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return inside;
  }

  #double()         {
    let inside = "";
    this.#at += 1;
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined) throw new Unresolved("a quote is not closed");
      if (char === "`") {
        inside += this.#echoed();
        continue;
      }
      this.#at += 1;
      if (char === '"') return inside;
      if (char === "$" || char === "`") throw new Unresolved("variables and substitutions are not resolved");
      if (char !== "\\") {
        inside += char;
        continue;
      }
      const next = this.#text[this.#at];
      if (next === undefined) throw new Unresolved("a quote is not closed");
      this.#at += 1;
      if (next === "\n") continue;
      inside += '$`"\\'.includes(next) ? next : `\\${next}`;
    }
  }

  /** `` `echo /path` `` between double quotes is that path, whatever the target is; Ansible writes it so. */
  #echoed()         {
    ECHO.lastIndex = this.#at;
    const found = ECHO.exec(this.#text);
    if (found === null) throw new Unresolved("variables and substitutions are not resolved");
    this.#at += found[0].length;
    return found[1] ?? "";
  }

  #escaped()         {
    const next = this.#text[this.#at + 1];
    if (next === undefined) throw new Unresolved("the command line ends with a backslash");
    this.#at += 2;
    return next === "\n" ? "" : next;
  }

  /**
   * `$'…'`. Shells without it (dash before 0.5.13) read a `$` and a plain quote: as long as no quote is escaped, both
   * end in the same place; an escaped one is refused.
   */
  #dollarSingle()         {
    const end = this.#text.indexOf("'", this.#at + 2);
    if (end === -1) throw new Unresolved("a quote is not closed");
    const inside = this.#text.slice(this.#at + 2, end);
    this.#at = end + 1;
    let word = "";
    for (let at = 0; at < inside.length; at += 1) {
      const char = inside[at] ?? "";
      if (char !== "\\") {
        word += char;
        continue;
      }
      at += 1;
      const known = ESCAPES.get(inside[at] ?? "");
      if (known !== undefined) {
        word += known;
        continue;
      }
      const hex = /^x([0-9a-fA-F]{2})(?![0-9a-fA-F])/u.exec(inside.slice(at))?.[1];
      const octal = /^([0-7]{3})/u.exec(inside.slice(at))?.[1];
      const code = hex === undefined ? Number.parseInt(octal ?? "", 8) : Number.parseInt(hex, 16);
      // Above 0x7f a byte is no character of its own; NUL ends the word in some shells.
      if (!(code > 0 && code < 0x80)) throw new Unresolved("an escape in `$'…'` is not resolved");
      word += String.fromCharCode(code);
      at += 2;
    }
    return word;
  }

  #skipBlanks()       {
    for (;;) {
      const char = this.#text[this.#at];
      if (char === " " || char === "\t") this.#at += 1;
      // A continued line is no word, not even an empty one.
      else if (char === "\\" && this.#text[this.#at + 1] === "\n") this.#at += 2;
      else return;
    }
  }
}

/** Thrown and caught in this file only. */
class Unresolved extends Error {}

function unresolvedWord(words                   )                     {
  // A pattern such as `/var/log/app/*` would also match `/var/log/app/../../shadow`.
  if (words.some((word) => /(?:^|[/=:,])\.\.(?:\/|$)/u.test(word))) return "a path with `..` is not resolved";
  return codeCarrier(words);
}

/**
 * Programs whose argument is a program of its own language: what runs is in that text, which nobody has parsed. Found
 * anywhere in the words, because `sudo`, `env`, `xargs`, `find -exec` and the like run what follows them.
 */
function codeCarrier(words                   )                     {
  for (const [index, word] of words.entries()) {
    const name = word.slice(word.lastIndexOf("/") + 1).replace(/(?<=[a-z])[\d.]+$/u, "");
    if (index === 0 && BUILTINS.has(name)) return `\`${name}\` runs text that is not parsed`;
    const flag = CARRIERS.get(name);
    if (flag !== undefined && words.slice(index + 1).some((later) => flag.test(later))) {
      return `\`${name}\` is given code that is not parsed`;
    }
  }
  return undefined;
}

/** As a word of its own: behind a digit or a letter it would be part of another one. */
const THROWN_AWAY = /(?:[12]?>>?[ \t]*\/dev\/null|2>&1|1?>&2|<[ \t]*\/dev\/null)(?=[ \t\n;|]|&&|$)/uy;
const ECHO = /`[ \t]*echo[ \t]+(\/[A-Za-z0-9._/@%+=:,-]*)[ \t]*`/uy;
const SHELLS = new Set(["sh", "dash", "bash"].flatMap((name) => [name, `/bin/${name}`, `/usr/bin/${name}`]));
const SUDO_FLAGS = new Set(["-H", "-S", "-n", "-HS", "-Hn", "-HSn"]);
const SEPARATORS = ";|&\n";
const RESERVED = new Set(
  "! { } [[ if then else elif fi case esac for select while until do done in function time coproc".split(" "),
);
const BUILTINS = new Set(["eval", "source", ".", "trap", "alias"]);
const SHELL_FLAG = /^[-+][A-Za-z]*c|^--command/u;
const CARRIERS = new Map                ([
  ...["sh", "bash", "rbash", "dash", "ash", "zsh", "ksh", "mksh", "yash", "fish", "csh", "tcsh", "su", "runuser"].map(
    (name) => [name, SHELL_FLAG]         ,
  ),
  ...["python", "pypy", "ipython"].map((name) => [name, /^-[A-Za-z]*c/u]         ),
  ...["perl", "ruby", "lua", "luajit"].map((name) => [name, /^-[A-Za-z\d]*[eE]/u]         ),
  ...["node", "nodejs", "bun", "deno"].map((name) => [name, /^-[A-Za-z]*[ep]|^--(?:eval|print)|^eval$/u]         ),
  ["php", /^-[A-Za-z]*[rBRE]/u],
  // Their first operand is a program, with or without a flag.
  ...["awk", "gawk", "mawk", "nawk"].map((name) => [name, /./su]         ),
]);
const ESCAPES = new Map([
  ["\\", "\\"],
  ['"', '"'],
  ["a", "\x07"],
  ["b", "\b"],
  ["e", "\x1b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
]);

/** Characters of a command line that is parsed; a longer one is not resolved. */
const COMMAND_CHARS_MAX = 131_072;
/** Simple commands in one command line, with those of the texts that its shells are given. */
const COMMANDS_MAX = 64;
/** Shells inside of shells whose texts are read. */
const SHELLS_MAX = 4;
/** Parentheses inside of parentheses. */
const SUBSHELLS_MAX = 8;
/** Words in one command line. */
const WORDS_MAX = 4_096;

;// CONCATENATED MODULE: ./packages/protocols/src/ssh/classify.js
/** What a request of an SSH client does, as facts of kind "ssh". Pure. */

                                                                   


/** What came before exec, shell or subsystem on the same channel. */
                          
                        
 

/** `ssh host command`. */
function execFacts(command        , setting         )        {
  const { commands, reason } = parseCommandLine(command);
  return facts("exec", reason, {
    exec: { type: "argv", items: commands, complete: reason === undefined },
    pty: flag(setting.pty),
    shell: flag(false),
  });
}

/** A login shell: what is typed into it is not parsed, only recorded. */
function shellFacts(setting         )        {
  return facts("shell", undefined, { shell: flag(true), pty: flag(setting.pty) });
}

function subsystemFacts(name        , setting         )        {
  return facts("subsystem", undefined, { subsystem: set([name]), pty: flag(setting.pty), shell: flag(false) });
}

/** A connection that the target shall make: `ssh -L`, ProxyJump through it. */
function forwardFacts(host        , port        )        {
  return facts("forward", undefined, { forward: set([hostPort(host, port)]) });
}

/** A port or, as `unix:<path>`, a socket on which the target shall listen: `ssh -R`. */
function listenFacts(at        )        {
  const plain = !at.startsWith("unix:") || isCanonical(at.slice("unix:".length));
  return facts("listen", plain ? undefined : NOT_CANONICAL, { listen: { ...set([at]), complete: plain } });
}

/** A Unix socket that the target shall connect to. */
function socketFacts(path        )        {
  const plain = isCanonical(path);
  return facts("socket", plain ? undefined : NOT_CANONICAL, { socket: { ...set([path]), complete: plain } });
}

/** The client's agent, to be used from the target while a program runs there: `ssh -A`. */
function agentFacts()        {
  return facts("agent", undefined, { agent: flag(true) });
}

/** The client's display likewise: `ssh -X`. */
function x11Facts()        {
  return facts("x11", undefined, { x11: flag(true) });
}

/** A glob such as `/srv/app/*` would also match `/srv/app/../../run/other`. */
function isCanonical(path        )          {
  return path.startsWith("/") && !/\/\.{0,2}(?:\/|$)/u.test(path);
}

                                
                                                         
                                         
                                                                                   
                                    
                               
 

function sftpFacts(operation               )        {
  const { operations, paths, unresolved } = operation;
  const made = facts("sftp", unresolved, {
    sftp: set(operations),
    path: { ...set([...new Set(paths)]), complete: unresolved === undefined },
  });
  const harmless = operations.every((name) => HARMLESS.has(name));
  return { ...made, housekeeping: harmless && unresolved === undefined, writes: !operations.every(isReading) };
}

/** `host:port` in one form for each address, so that no other spelling gets around a rule. */
function hostPort(host        , port        )         {
  const name = canonicalHost(host);
  return name.includes(":") ? `[${name}]:${port}` : `${name}:${port}`;
}

/**
 * Numbers as the C library's inet_aton takes them (`127.1`, `0x7f000001`) become dotted quads, IPv6 its shortest form,
 * IPv4 inside IPv6 the IPv4 address; names lose their case and final dot. What a name resolves to only the target knows.
 */
function canonicalHost(host        )         {
  const bare = host.replace(/^\[(.*)\]$/u, "$1").toLowerCase();
  if ((0,external_node_net_.isIPv6)(bare.replace(/%.*$/u, ""))) {
    const address = new URL(`http://[${bare.replace(/%.*$/u, "")}]`).hostname.slice(1, -1);
    const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/u.exec(address);
    if (mapped === null) return address;
    const [high, low] = [Number.parseInt(mapped[1] ?? "", 16), Number.parseInt(mapped[2] ?? "", 16)];
    return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  }
  const name = bare.replace(/\.+$/u, "");
  if ((0,external_node_net_.isIPv4)(name)) return name;
  return inetAton(name) ?? name;
}

function inetAton(text        )                     {
  const parts = text.split(".");
  if (parts.length > 4) return undefined;
  const numbers = parts.map((part) => {
    if (/^0x[0-9a-f]{1,8}$/u.test(part)) return Number.parseInt(part.slice(2), 16);
    if (/^0[0-7]{0,11}$/u.test(part)) return Number.parseInt(part, 8);
    return /^[1-9]\d{0,9}$/u.test(part) ? Number(part) : Number.NaN;
  });
  const last = numbers.pop() ?? Number.NaN;
  if (numbers.some((part) => !(part <= 255)) || !(last < 256 ** (4 - numbers.length))) return undefined;
  const value = numbers.reduce((sum, part, index) => sum + part * 256 ** (3 - index), last);
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

function facts(operation        , unclassified                    , fields                                )        {
  return {
    kind: "ssh",
    classified: unclassified === undefined,
    ...(unclassified === undefined ? {} : { unclassifiedReason: unclassified }),
    housekeeping: false,
    writes: true,
    fields: { ...ABSENT, operation: set([operation]), ...fields },
  };
}

function set(names                   )          {
  return { type: "set", items: names.map((name) => ({ name })), complete: true };
}

function flag(value         )       {
  return { type: "scalar", value };
}

function isReading(name        )          {
  return READING.has(name);
}

const NOT_CANONICAL = "the socket's path is not absolute and canonical";
const NONE         = { type: "none" };
const ABSENT                                 = {
  exec: NONE,
  shell: NONE,
  pty: NONE,
  sftp: NONE,
  path: NONE,
  subsystem: NONE,
  forward: NONE,
  listen: NONE,
  socket: NONE,
  agent: NONE,
  x11: NONE,
};
/** What every client asks before it does anything: where it is, and what a name means. */
const HARMLESS = new Set(["realpath"]);
const READING = new Set(["stat", "list", "read", "readlink", "realpath"]);


/***/ }),

/***/ 74950:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   P: () => (/* binding */ WebError),
/* harmony export */   z: () => (/* binding */ ambiguous)
/* harmony export */ });
/* harmony import */ var _gate_base__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(49489);
/** What goes wrong around one HTTP exchange, with the status that the client is told. Pure. */


                          
                                                            
                                                                               
                                                           
                                                               
                                                        
                                                                      
                                                  
                                                           
                                                                   
                                                                        
                                                                              
                  // the answer cannot be given the masks that the grant demands

/** `message` is fit for the client: it never holds an address, a secret or bytes of a peer. */
class WebError extends _gate_base__WEBPACK_IMPORTED_MODULE_0__/* .GateError */ .ue {
           code              ;
  /** HTTP status of the answer. */
           status        ;

  constructor(kind           , code              , status        , message        , options                      ) {
    super(kind, message, options);
    this.code = code;
    this.status = status;
  }
}

/** A request that two readers could understand differently: refused before anybody reads it. */
function ambiguous(message        )           {
  return new WebError("peer-wrong", "REQUEST_AMBIGUOUS", 400, message);
}


/***/ }),

/***/ 82534:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Ef: () => (/* binding */ keepsAscii),
/* harmony export */   GN: () => (/* binding */ isTextType),
/* harmony export */   Hi: () => (/* binding */ readMediaType),
/* harmony export */   Kx: () => (/* binding */ isScriptType),
/* harmony export */   eP: () => (/* binding */ isJsonLinesType),
/* harmony export */   vs: () => (/* binding */ isJsonType)
/* harmony export */ });
/* unused harmony export UNCLEAR */
/** Content-Type as far as the gate must understand it (RFC 9110 §8.3). Pure. */

                            
                                                                    
                        
                                                                                          
                            
 

/** The name of no encoding. */
const UNCLEAR = "?";

function readMediaType(value                    )            {
  const match = /^\s*([A-Za-z0-9!#$&^_.+-]+\/[A-Za-z0-9!#$&^_.+-]+)\s*(;.*)?$/.exec(value ?? "");
  if (match?.[1] === undefined) return { type: "" };
  const charset = readCharset(match[2] ?? "");
  return { type: match[1].toLowerCase(), ...(charset === undefined ? {} : { charset }) };
}

/** Some take the first of two, some the last; some undo escapes, or read what follows a quote that others never close. */
function readCharset(parameters        )                     {
  if (!/charset/i.test(parameters)) return undefined;
  let charset                    ;
  let rest = parameters;
  while (!/^[ \t;]*$/.test(rest)) {
    const [all, name, plain, quoted] = PARAMETER.exec(rest) ?? [];
    if (all === undefined || name === undefined) return UNCLEAR;
    rest = rest.slice(all.length);
    if (name.toLowerCase() === "charset" && charset === undefined) charset = (plain ?? quoted ?? "").toLowerCase();
    else if (/charset/i.test(all)) return UNCLEAR;
  }
  return charset;
}

function isJsonType(type        )          {
  return type === "application/json" || type === "text/json" || /^[^/]+\/[^/]+\+json$/.test(type);
}

/** One JSON value a line, or behind a record separator. */
function isJsonLinesType(type        )          {
  return ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-seq"].includes(type);
}

function isScriptType(type        )          {
  return /^(?:application|text)\/(?:x-)?(?:java|ecma|j)script$/.test(type);
}

/** Types whose bytes are text for people or programs, in an encoding that keeps ASCII. */
function isTextType(type        )          {
  if (type.startsWith("text/") || isScriptType(type)) return true;
  if (/[+/](?:xml|yaml)$/.test(type)) return true;
  return ["application/x-www-form-urlencoded", "application/x-yaml", "application/graphql"].includes(type);
}

/** Does every ASCII character keep its byte in this encoding? Otherwise nothing can be found in it. */
function keepsAscii(charset                    )          {
  return charset === undefined || /^(?:utf-?8|us-ascii|ascii|iso-8859-\d{1,2}|latin-?1|windows-125\d)$/.test(charset);
}

/** One of them, up to the next: a word, or words in quotes without escapes or semicolons. */
const PARAMETER =
  /^(?:[ \t]*;)+[ \t]*([A-Za-z0-9!#$%&'*+.^_`|~-]+)[ \t]*=[ \t]*(?:([^\s";\\,]+)|"([^"\\;]*)")[ \t]*(?=;|$)/;


/***/ }),

/***/ 34407:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   P9: () => (/* binding */ readHeaderFields),
/* harmony export */   Yl: () => (/* binding */ headersOf),
/* harmony export */   mu: () => (/* binding */ readRequestHead),
/* harmony export */   rR: () => (/* binding */ headerOf)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(74950);
/* harmony import */ var _request_target_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(42492);
/**
 * The head of a request as one reading: what could be framed, routed or understood in two ways is refused. Pure.
 * RFC 9110 §5, RFC 9112 §3.2, §6; RFC 3875 §4.1.18 (why `_` in a header's name is `-` to many servers).
 */



/** What a parser hands over; headers as received, name and value in turn. */
                          
                          
                          
                           
                                         
 

                                                    
                          
                                       
                                                                        
                                                                                 
                                      
 

/**
 * @param authority of the target, `host` or `host:port`: besides loopback names the only one that Host may say
 * @throws {WebError} REQUEST_AMBIGUOUS, REQUEST_UNSUPPORTED.
 */
function readRequestHead(raw         , authority        )              {
  const { method, version } = raw;
  if (!TOKEN.test(method) || method !== method.toUpperCase()) throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("the method is not an upper-case word");
  if (REFUSED_METHODS.has(method)) {
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .WebError */ .P("peer-unsupported", "REQUEST_UNSUPPORTED", 405, `the method ${method} is not carried`);
  }
  const headers = readHeaders(raw.rawHeaders);
  const target = (0,_request_target_js__WEBPACK_IMPORTED_MODULE_1__/* .readRequestTarget */ .h7)(method, raw.target);
  checkHost(headers, version, target.authority, authority);
  return { ...target, method, headers, length: bodyLength(headers, version) };
}

/**
 * What the header says alone, for a request whose target names no host.
 * @throws {WebError} REQUEST_AMBIGUOUS.
 */
function readHeaderFields(
  raw                   ,
  version        ,
  authority        ,
)                                          {
  const headers = readHeaders(raw);
  checkHost(headers, version, undefined, authority);
  return { headers, length: bodyLength(headers, version) };
}

/** The one value of a header that may stand once. */
function headerOf(head                              , name        )                     {
  return head.headers.find(([each]) => each === name)?.[1];
}

/** All values of a header, in order. */
function headersOf(head                              , name        )                    {
  return head.headers.filter(([each]) => each === name).map(([, value]) => value);
}

function readHeaders(raw                   )                         {
  if (raw.length / 2 > HEADERS_MAX) throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)(`there are more than ${HEADERS_MAX} headers`);
  const headers                                = [];
  const seen = new Set        ();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? "").toLowerCase();
    const value = raw[at + 1] ?? "";
    if (!TOKEN.test(name)) throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("a header's name is not a word of HTTP");
    if (name.includes("_")) throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("a header's name holds `_`, which many servers read as `-`");

    if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("a header's value holds a control character");
    if (REFUSED_HEADERS.has(name)) throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)(`the header ${name} would change what the target reads as its path`);
    if (seen.has(name) && SINGLE.has(name)) throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)(`the header ${name} stands twice`);
    seen.add(name);
    headers.push([name, value]);
  }
  return headers;
}

function checkHost(
  headers                        ,
  version        ,
  absolute                    ,
  authority        ,
)       {
  const host = headers.find(([name]) => name === "host")?.[1]?.toLowerCase();
  if (host === undefined) {
    if (version !== "1.0") throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("there is no Host");
  } else if (!isServed(host, authority)) {
    throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("Host names neither this endpoint nor its target");
  }
  if (absolute !== undefined && (absolute !== host || !isServed(absolute, authority))) {
    throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("the target names another host than Host");
  }
}

/** The endpoint is on loopback under a port that only the job knows. */
function isServed(host        , authority        )          {
  if (host === authority.toLowerCase() || host === authority.toLowerCase().replace(/:\d+$/, "")) return true;
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/.test(host);
}

function bodyLength(headers                        , version        )                     {
  const length = headers.find(([name]) => name === "content-length")?.[1];
  const coding = headers.find(([name]) => name === "transfer-encoding")?.[1];
  if (coding !== undefined) {
    if (length !== undefined) throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("Content-Length and Transfer-Encoding stand together");
    if (version === "1.0") throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("HTTP/1.0 has no Transfer-Encoding");
    if (coding.toLowerCase() !== "chunked") throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("Transfer-Encoding is not `chunked` alone");
    return "chunked";
  }
  if (length === undefined) return 0;
  if (!/^\d{1,15}$/.test(length)) throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("Content-Length is not a plain number");
  return Number(length);
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** TRACE shows the target's credential to the client; CONNECT is for forward proxies. */
const REFUSED_METHODS = new Set(["CONNECT", "TRACE", "TRACK"]);
/** Frameworks take the path from these instead of the request line. */
const REFUSED_HEADERS = new Set(["x-original-url", "x-rewrite-url", "x-original-uri"]);
/** A second one would be read by some servers and ignored by others. */
const SINGLE = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "content-type",
  "content-encoding",
  "authorization",
  "proxy-authorization",
  "gate-endpoint",
  "expect",
  "upgrade",
  "range",
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
]);
/** Headers of one request. */
const HEADERS_MAX = 200;


/***/ }),

/***/ 42492:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Jj: () => (/* binding */ canonicalQuery),
/* harmony export */   h7: () => (/* binding */ readRequestTarget)
/* harmony export */ });
/* unused harmony export canonicalPath */
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(74950);
/**
 * One canonical form of a request target (RFC 9112 §3.2, RFC 3986 §6). Pure.
 *
 * The form that is judged is the form that is forwarded, so policy and target cannot read two different paths. What two
 * common servers would read differently is refused: an encoded slash or backslash, path parameters, a second layer of
 * percent-encoding, bytes that are no UTF-8. What all of them read alike is written one way: unreserved characters
 * decoded, hexadecimal digits in upper case, dot segments resolved, empty segments dropped.
 */


                                
                                                   
                        
                                               
                         
     
                                                                                                                 
                   
     
                                                              
                                                                             
                              
 

/** @throws {WebError} REQUEST_AMBIGUOUS, REQUEST_UNSUPPORTED. */
function readRequestTarget(method        , raw        )                {
  if (raw.length > TARGET_CHARS_MAX) {
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .WebError */ .P("peer-wrong", "REQUEST_UNSUPPORTED", 414, `the target has more than ${TARGET_CHARS_MAX} bytes`);
  }
  if (raw === "*") {
    if (method !== "OPTIONS") throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("the target `*` belongs to OPTIONS");
    return { path: "*", query: "", parameters: new Map() };
  }
  // Also what is no character of a URI at all: what one server drops another keeps.
  if (/[^\x21-\x7e]/u.test(raw)) throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("the target holds a blank, a control character or a byte above 127");
  if (raw.includes("#")) throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("the target holds a `#`; a fragment is never sent");
  const absolute = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?]*)(.*)$/.exec(raw);
  let rest = raw;
  let authority                    ;
  if (absolute !== null) {
    const scheme = (absolute[1] ?? "").toLowerCase();
    if (scheme !== "http" && scheme !== "https") throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("the target's scheme is not http or https");
    authority = (absolute[2] ?? "").toLowerCase();
    if (authority.includes("@")) throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("the target holds user information");
    rest = absolute[3] === "" || absolute[3]?.startsWith("?") === true ? `/${absolute[3]}` : (absolute[3] ?? "/");
  }
  if (!rest.startsWith("/")) throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("the target does not begin with `/`");
  const mark = rest.indexOf("?");
  const path = canonicalPath(mark === -1 ? rest : rest.slice(0, mark));
  const { query, parameters } = canonicalQuery(mark === -1 ? "" : rest.slice(mark + 1));
  return { path, query, parameters, ...(authority === undefined ? {} : { authority }) };
}

/** @throws {WebError} REQUEST_AMBIGUOUS. */
function canonicalPath(raw        )         {
  // Most paths: nothing in them could be written in another way.
  if (PLAIN_PATH.test(raw)) return raw;
  if (raw.includes("\\")) throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("the path holds a backslash, which some servers read as a slash");
  if (raw.includes(";")) throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("the path holds a `;`, behind which some servers stop reading a segment");
  const segments           = [];
  const parts = raw.split("/").slice(1);
  const last = parts.length - 1;
  for (const [at, part] of parts.entries()) {
    const segment = canonicalSegment(part);
    if (segment === "..") {
      if (segments.pop() === undefined) throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("the path leads above its root");
      // "/a/.." is "/", and "/a/b/.." is "/a/": RFC 3986 §5.2.4.
      if (at === last) segments.push("");
    } else if (segment === "." || segment === "") {
      if (at === last) segments.push("");
    } else {
      segments.push(segment);
    }
  }
  return `/${segments.join("/")}`;
}

function canonicalSegment(raw        )         {
  const bytes = decodePercent(raw, "path");
  for (const byte of bytes.values) {
    if (byte < 0x20 || byte === 0x7f) throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("the path holds an encoded control character");
  }
  let out = "";
  for (const [at, byte] of bytes.values.entries()) {
    const encoded = bytes.encoded[at] === true;
    const character = String.fromCharCode(byte);
    if (encoded && character === "/") throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("the path holds an encoded slash");
    if (encoded && character === "\\") throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("the path holds an encoded backslash");
    if (encoded && character === "%" && isHex(bytes.values[at + 1]) && isHex(bytes.values[at + 2])) {
      throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("the path is percent-encoded twice");
    }
    out += byte < 0x80 && PATH_PLAIN.test(character) && !(encoded && character === "+") ? character : percent(byte);
  }
  return out;
}

/** @throws {WebError} REQUEST_AMBIGUOUS. */
function canonicalQuery(raw        )   
                         
                                                              
  {
  const parameters = new Map                  ();
  const pairs           = [];
  if (raw === "") return { query: "", parameters };
  for (const pair of raw.split("&")) {
    if (pair === "") continue;
    if (pairs.length >= QUERY_PAIRS_MAX) throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)(`the query has more than ${QUERY_PAIRS_MAX} parameters`);
    const mark = pair.indexOf("=");
    const key = queryPart(mark === -1 ? pair : pair.slice(0, mark));
    const value = queryPart(mark === -1 ? "" : pair.slice(mark + 1));
    pairs.push(mark === -1 ? key.canonical : `${key.canonical}=${value.canonical}`);
    for (const name of key.readings) {
      const values = parameters.get(name) ?? [];
      values.push(...value.readings);
      parameters.set(name, values);
    }
  }
  return { query: pairs.join("&"), parameters };
}

                     
                             
                                       
 

function queryPart(raw        )            {
  const { values, encoded } = decodePercent(raw, "query");
  let canonical = "";
  let text = "";
  let plus = false;
  for (const [at, byte] of values.entries()) {
    if (byte === 0) throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)("the query holds an encoded NUL");
    const character = String.fromCharCode(byte);
    const rawPlus = character === "+" && encoded[at] !== true;
    plus ||= rawPlus;
    canonical += rawPlus || (byte < 0x80 && QUERY_PLAIN.test(character)) ? character : percent(byte);
    text += rawPlus ? "\u0000" : character;
  }
  const read = (blank        )         => Buffer.from(text.replaceAll("\u0000", blank), "latin1").toString("utf8");
  return { canonical, readings: plus ? [read(" "), read("+")] : [read(" ")] };
}

                   
                                     
                                                  
                                       
 

function decodePercent(raw        , where                  )          {
  const values           = [];
  const encoded            = [];
  for (let at = 0; at < raw.length; at += 1) {
    const code = raw.charCodeAt(at);
    if (code !== PERCENT) {
      values.push(code);
      encoded.push(false);
      continue;
    }
    const digits = raw.slice(at + 1, at + 3);
    if (!/^[0-9A-Fa-f]{2}$/.test(digits)) throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)(`the ${where} holds a \`%\` without two hexadecimal digits`);
    values.push(Number.parseInt(digits, 16));
    encoded.push(true);
    at += 2;
  }
  try {
    // Overlong forms, surrogates and lone bytes are all refused by a decoder that is told to be strict.
    UTF8.decode(Uint8Array.from(values));
  } catch {
    throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ambiguous */ .z)(`the ${where} is not UTF-8`);
  }
  return { values, encoded };
}

function isHex(code                    )          {
  return code !== undefined && /^[0-9A-Fa-f]$/.test(String.fromCharCode(code));
}

function percent(byte        )         {
  return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const PERCENT = 0x25;
/** Written as they are in a path: unreserved, and those sub-delimiters that no server gives a meaning there. */
const PATH_PLAIN = /^[A-Za-z0-9\-._~!$&'()*,=:@+]$/;
/** In a query `&`, `=`, `+`, `;`, `#` and `%` mean something when raw, so as data they are always encoded. */
const QUERY_PLAIN = /^[A-Za-z0-9\-._~!$'()*,:@/?[\]]$/;
/** Segments of unreserved characters that do not begin with a dot, one slash between them. */
const PLAIN_PATH = /^(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+\/?$/;
/** Characters of a request target. */
const TARGET_CHARS_MAX = 16_384;
/** Parameters of one query. */
const QUERY_PAIRS_MAX = 1_000;


/***/ }),

/***/ 86699:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   OW: () => (/* binding */ isJsonObject),
/* harmony export */   RJ: () => (/* binding */ parseStrictJson),
/* harmony export */   uS: () => (/* binding */ InexactNumber)
/* harmony export */ });
/* harmony import */ var _gate_masking__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(19487);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(74950);
/**
 * JSON (RFC 8259) as every reader must read it: strict UTF-8, no duplicate names, nothing behind the value. Pure.
 *
 * Two parsers that meet the same name twice may each keep another one, and what was judged would not be what is done.
 */



                                                                                                             
/** Has no prototype: every name is data. */
                             
                                     
 

/** A number that a double does not hold as it is written, such as 9007199254740993. */
class InexactNumber {
           text        ;

  constructor(text        ) {
    this.text = text;
  }
}

                                    
                                                                                                
                                            
 

/** @throws {WebError} BODY_MALFORMED when it is no JSON; REQUEST_AMBIGUOUS for names that two readers could mix up. */
function parseStrictJson(bytes            , options                    = {})            {
  let text        ;
  try {
    text = UTF8.decode(bytes);
  } catch {
    throw malformed("is not UTF-8");
  }
  return new Reader(text, options.caseVariants === "refuse").document();
}

function isJsonObject(value                       )                      {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof InexactNumber);
}

class Reader {
           #text        ;
           #refuseVariants         ;
  #at = 0;
  #values = 0;

  constructor(text        , refuseVariants         ) {
    this.#text = text;
    this.#refuseVariants = refuseVariants;
  }

  document()            {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw malformed("goes on behind its value");
    return value;
  }

  #value(depth        )            {
    if (depth > JSON_DEPTH_MAX) throw malformed(`is nested deeper than ${JSON_DEPTH_MAX}`);
    this.#values += 1;
    if (this.#values > JSON_VALUES_MAX) throw malformed(`has more than ${JSON_VALUES_MAX} values`);
    this.#space();
    switch (this.#text[this.#at] ?? "") {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#array(depth);
      case '"':
        return this.#string();
      case "t":
        return this.#word("true", true);
      case "f":
        return this.#word("false", false);
      case "n":
        return this.#word("null", null);
      default:
        return this.#number();
    }
  }

  #object(depth        )             {
    const object = Object.create(null)                             ;
    const variants = new Set        ();
    this.#at += 1;
    this.#space();
    if (this.#take("}")) return object;
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') throw malformed("has an object whose member has no name");
      const name = this.#string();
      if (Object.hasOwn(object, name)) throw ambiguousName();
      if (this.#refuseVariants) {
        const folded = (0,_gate_masking__WEBPACK_IMPORTED_MODULE_0__/* .foldName */ .zN)(name);
        if (variants.has(folded)) throw ambiguousName();
        variants.add(folded);
      }
      this.#space();
      if (!this.#take(":")) throw malformed("has a name without a value");
      object[name] = this.#value(depth + 1);
      this.#space();
      if (this.#take("}")) return object;
      if (!this.#take(",")) throw malformed("has an object that does not end");
    }
  }

  #array(depth        )              {
    const items              = [];
    this.#at += 1;
    this.#space();
    if (this.#take("]")) return items;
    for (;;) {
      items.push(this.#value(depth + 1));
      this.#space();
      if (this.#take("]")) return items;
      if (!this.#take(",")) throw malformed("has an array that does not end");
    }
  }

  #string()         {
    STRING.lastIndex = this.#at;
    const match = STRING.exec(this.#text);
    if (match === null) throw malformed("has a text that does not end or holds a control character");
    this.#at = STRING.lastIndex;
    const [raw] = match;
    if (!raw.includes("\\")) return raw.slice(1, -1);
    try {
      return JSON.parse(raw)          ;
    } catch {
      throw malformed("has an unknown escape");
    }
  }

  #number()                         {
    NUMBER.lastIndex = this.#at;
    const text = NUMBER.exec(this.#text)?.[0];
    if (text === undefined) throw malformed("is not JSON");
    this.#at = NUMBER.lastIndex;
    const value = Number(text);
    return isExact(text, value) ? value : new InexactNumber(text);
  }

  #word   (word        , value   )    {
    if (!this.#text.startsWith(word, this.#at)) throw malformed("is not JSON");
    this.#at += word.length;
    return value;
  }

  #take(character        )          {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #space()       {
    SPACE.lastIndex = this.#at;
    SPACE.test(this.#text);
    this.#at = SPACE.lastIndex;
  }
}

/** Does the number that JavaScript writes stand for the same decimal as the one that was read? */
function isExact(text        , value        )          {
  if (!Number.isFinite(value)) return false;
  // Without this, whoever writes an exponent of a million digits has it computed.
  if (value === 0) return !/^[^eE]*[1-9]/.test(text);
  return decimalOf(text) === decimalOf(String(value));
}

/** Sign, digits without zeros around them, and the power of ten of the last digit. */
function decimalOf(text        )         {
  const [mantissa = "", exponent = "0"] = text.toLowerCase().replace(/^-/, "").split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const digits = (whole + fraction).replace(/^0+/, "");
  // A pattern for zeros at the end would try each zero before it, and again all that follow.
  let end = digits.length;
  while (digits[end - 1] === "0") end -= 1;
  const significant = digits.slice(0, end);
  if (significant === "") return "0";
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  return `${text.startsWith("-") ? "-" : ""}${significant}e${power}`;
}

function malformed(what        )           {
  return new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .WebError */ .P("peer-wrong", "BODY_MALFORMED", 400, `the JSON ${what}`);
}

function ambiguousName()           {
  return new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .WebError */ .P("peer-wrong", "REQUEST_AMBIGUOUS", 400, "the JSON has an object in which a name stands twice");
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const SPACE = /[ \t\r\n]*/y;

const STRING = /"(?:[^"\\\u0000-\u001f]|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4})*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
/** Objects and arrays inside each other. */
const JSON_DEPTH_MAX = 128;
/** Values of one document. */
const JSON_VALUES_MAX = 250_000;


/***/ }),

/***/ 16085:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  KH: () => (/* binding */ analyse),
  m3: () => (/* binding */ analyseTree)
});

// UNUSED EXPORTS: STATEMENTS_MAX

// EXTERNAL MODULE: ./packages/sql/src/analysis.js
var analysis = __webpack_require__(9999);
// EXTERNAL MODULE: ./packages/sql/src/names.js + 1 modules
var src_names = __webpack_require__(26975);
// EXTERNAL MODULE: ./packages/sql/src/safe-functions.js
var safe_functions = __webpack_require__(52152);
// EXTERNAL MODULE: ./packages/sql/src/tree.js
var tree = __webpack_require__(86897);
;// CONCATENATED MODULE: ./packages/sql/src/where.js
/**
 * How narrow the condition of an UPDATE, DELETE or MERGE is. Pure.
 *
 * keyed: equality with a constant or parameter on every column of a primary or unique key, not inside OR or NOT.
 * tautology: nothing in it depends on the row, or it is plainly true of every row (x = x, p OR NOT p).
 */
                                               
                                                    


                                                               

const ORDER                   = ["keyed", "present", "none", "tautology"];

/** The weaker of two conditions; null stands for a command without any. */
function weaker(a              , b              )               {
  if (a === null || b === null) return a ?? b;
  return ORDER.indexOf(a) > ORDER.indexOf(b) ? a : b;
}

                         
                                                                         
                                          
                                                                                
                             
                                                        
                                      
                                                               
                         
                                                                             
                                
                                                                                                          
                                        
 

/** Classifies the conjunction of conditions (an absent one is true). */
function classifyWhere(conditions                               , target        )        {
  const given = conditions.filter((condition) => condition !== undefined);
  if (given.length === 0) return "none";
  const parts = given.flatMap((condition) => conjuncts(condition));
  if (parts.every((part) => fold(part, target) !== "row")) return "tautology";
  return isKeyed(parts, target) ? "keyed" : "present";
}

function isKeyed(parts                 , target        )          {
  const relation = target.relation;
  if (relation === undefined || target.ownEquality) return false;
  // A key of an inheritance parent says nothing of its children's rows; a partitioned table's key covers its partitions.
  if (relation.kind !== "p" && relation.children.length > 0 && !target.only) return false;
  const equal = new Set        ();
  for (const part of parts) {
    const [type, node] = (0,tree/* only */.j6)(part);
    if (type !== "A_Expr" || node["kind"] !== "AEXPR_OP" || !isPlain(node["name"], "=")) continue;
    const column = columnOf(node["lexpr"], target) ?? columnOf(node["rexpr"], target);
    const value = columnOf(node["lexpr"], target) === undefined ? node["lexpr"] : node["rexpr"];
    if (column !== undefined && isConstantValue(value, target)) equal.add(column);
  }
  return relation.keys.some((key) => key.length > 0 && key.every((column) => equal.has(column)));
}

                                                    

function fold(json                  , target        , depth = 0)         {
  const [type, node] = (0,tree/* only */.j6)(json);
  if (!mentionsRow(json)) {
    const constant = type === "A_Const" ? node : undefined;
    return constant !== undefined && (constant["isnull"] === true || isFalse(constant)) ? "false" : "constant";
  }
  if (depth > FOLD_DEPTH_MAX) return "row";
  if (type === "BoolExpr") {
    const args = (0,tree/* list */.p_)(node["args"]);
    const parts = args.map((arg) => fold(arg, target, depth + 1));
    if (node["boolop"] === "NOT_EXPR") {
      return parts[0] === "true" ? "false" : parts[0] === "false" ? "true" : (parts[0] ?? "row");
    }
    if (node["boolop"] === "AND_EXPR") {
      if (parts.includes("false")) return "false";
      return parts.includes("row") ? "row" : "constant";
    }
    if (parts.includes("true") || parts.includes("constant") || coversEverything(args, target)) return "true";
    return parts.every((part) => part === "false") ? "false" : "row";
  }
  if (type === "BooleanTest" && ["IS_TRUE", "IS_NOT_FALSE"].includes((0,tree/* word */.Vm)(node["booltesttype"]))) {
    return fold(node["arg"], target, depth + 1);
  }
  if (type === "CoalesceExpr") {
    const first = fold((0,tree/* list */.p_)(node["args"])[0], target, depth + 1);
    return first === "true" || first === "constant" ? "true" : "row";
  }
  if (type === "NullTest" && node["nulltesttype"] === "IS_NOT_NULL" && hasConstantArm(node["arg"])) return "true";
  if (type === "NullTest" && node["nulltesttype"] === "IS_NOT_NULL") {
    const column = columnOf(node["arg"], target);
    return column !== undefined && target.relation?.columns.get(column)?.notNull === true ? "true" : "row";
  }
  if (type === "A_Expr") return isTrueOfEveryRow(node, target) ? "true" : "row";
  return "row";
}

/** x = x, x LIKE '%', x IN (x, …) and their like. */
function isTrueOfEveryRow(node            , target        )          {
  const name = (0,tree/* strings */.P$)(node["name"]).at(-1) ?? "";
  switch ((0,tree/* word */.Vm)(node["kind"])) {
    case "AEXPR_OP":
      if (["=", "<=", ">="].includes(name)) return isSame(node["lexpr"], node["rexpr"], target);
      if (!["~", "~*"].includes(name)) return false;
      return ["", ".*", "^", "$", "^.*$", ".*$", "^.*"].includes(patternOf(node["rexpr"]) ?? "?");
    case "AEXPR_BETWEEN":
    case "AEXPR_BETWEEN_SYM":
      return (0,tree/* list */.p_)((0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(node["rexpr"])["List"])["items"]).every((item) =>
        isSame(item, node["lexpr"], target),
      );
    case "AEXPR_NOT_DISTINCT":
      return isSame(node["lexpr"], node["rexpr"], target);
    case "AEXPR_LIKE":
    case "AEXPR_ILIKE":
    case "AEXPR_SIMILAR":
      return !name.startsWith("!") && /^%+$/.test(patternOf(node["rexpr"]) ?? "");
    case "AEXPR_IN":
      return (
        name === "=" &&
        (0,tree/* list */.p_)((0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(node["rexpr"])["List"])["items"]).some((item) => isSame(item, node["lexpr"], target))
      );
    default:
      return false;
  }
}

/** coalesce(x, 'y'): never NULL. */
function hasConstantArm(json                  )          {
  const [type, node] = (0,tree/* only */.j6)(json);
  return (
    type === "CoalesceExpr" &&
    (0,tree/* list */.p_)(node["args"]).some((arg) => (0,tree/* only */.j6)(arg)[0] === "A_Const" && (0,tree/* only */.j6)(arg)[1]["isnull"] !== true)
  );
}

/** Do two alternatives of an OR exclude each other, so that one of them always holds? */
function coversEverything(args                 , target        )          {
  const shapes = new Set(args.map((arg) => shape(arg, target)));
  let whole                                 ;
  const stands = (json      )          => {
    if (!shapes.has(shape(json, target))) return false;
    whole ??= new Set(args.map((arg) => canonical(arg, target)));
    return whole.has(canonical(json, target));
  };
  return args.some((arg) => {
    const [type, node] = (0,tree/* only */.j6)(arg);
    if (type === "BoolExpr" && node["boolop"] === "NOT_EXPR") return stands((0,tree/* list */.p_)(node["args"])[0] ?? null);
    if (type === "NullTest") {
      const opposite = node["nulltesttype"] === "IS_NULL" ? "IS_NOT_NULL" : "IS_NULL";
      return stands({ NullTest: { ...node, nulltesttype: opposite } });
    }
    if (type !== "A_Expr" || node["kind"] !== "AEXPR_OP") return false;
    const opposite = OPPOSITES.get((0,tree/* strings */.P$)(node["name"]).at(-1) ?? "");
    return opposite?.some((op) => stands({ A_Expr: { ...node, name: [{ String: { sval: op } }] } })) ?? false;
  });
}

function conjuncts(json      , found         = [])         {
  const [type, node] = (0,tree/* only */.j6)(json);
  if (type !== "BoolExpr" || node["boolop"] !== "AND_EXPR") found.push(json);
  else for (const arg of (0,tree/* list */.p_)(node["args"])) conjuncts(arg, found);
  return found;
}

/** Does anything in the tree depend on a row? `*` in count(*) or EXISTS (SELECT *) does not. */
function mentionsRow(json                  )          {
  if (Array.isArray(json)) return (json                   ).some(mentionsRow);
  if (typeof json !== "object" || json === null) return false;
  for (const [key, value] of Object.entries(json)) {
    if (key === "CurrentOfExpr") return true;
    if (key === "ColumnRef" && (0,tree/* strings */.P$)((0,tree/* asObject */.eB)(value)["fields"]).length > 0) return true;
    if (key !== "A_Const" && mentionsRow(value)) return true;
  }
  return false;
}

function columnOf(json                  , target        )                     {
  const [type, node] = (0,tree/* only */.j6)(json);
  if (type !== "ColumnRef") return undefined;
  const fields = (0,tree/* strings */.P$)(node["fields"]);
  if (fields.length !== (0,tree/* list */.p_)(node["fields"]).length) return undefined;
  if (fields.length === 1) return fields[0];
  if (fields.length === 2 && fields[0] === target.qualifier) return fields[1];
  if (fields.length === 3 && fields[0] === target.schema && fields[1] === target.qualifier) return fields[2];
  return undefined;
}

/** A literal or a parameter, possibly cast to a type whose equality with a key column is exact. */
function isConstantValue(json                  , target        )          {
  const [type, node] = (0,tree/* only */.j6)(json);
  // `= NULL` is never true, or with transform_null_equals IS NULL: then it is true of many rows.
  if (type === "A_Const") return node["isnull"] !== true;
  if (type === "ParamRef") return !target.inexact.has(numberOf(node));
  return type === "TypeCast" && isExactType(node["typeName"]) && isConstantValue(node["arg"], EXACT_TARGET);
}

function isExactType(json                  )          {
  const typeName = (0,tree/* asObject */.eB)(json);
  const names = (0,tree/* strings */.P$)(typeName["names"]);
  if (typeName["arrayBounds"] !== undefined || typeName["setof"] === true) return false;
  if (names.length === 2 && names[0] !== "pg_catalog") return false;
  return EXACT_TYPES.has(names.at(-1) ?? "");
}

/**
 * Parameters of a statement whose equality with a key may hold for several keys: declared of another type than the
 * exact ones, or used twice, so that the other use may have given them such a type.
 */
function inexactParameters(root      , declared                     )                      {
  const seen = new Set        ();
  const inexact = new Set(declared);
  const visit = (json                  )       => {
    if (Array.isArray(json)) for (const item of json                   ) visit(item);
    else if (typeof json === "object" && json !== null) {
      for (const [key, value] of Object.entries(json)) {
        if (key === "A_Const") continue;
        if (key !== "ParamRef") visit(value);
        else if (seen.has(numberOf((0,tree/* asObject */.eB)(value)))) inexact.add(numberOf((0,tree/* asObject */.eB)(value)));
        else seen.add(numberOf((0,tree/* asObject */.eB)(value)));
      }
    }
  };
  visit(root);
  return inexact;
}

/** Numbers of the parameters that PREPARE declares of a type which is not exact. */
function inexactTypes(types                 )                      {
  const found = new Set        ();
  for (const [index, type] of types.entries()) {
    if (!isExactType((0,tree/* asObject */.eB)(type)["TypeName"])) found.add(index + 1);
  }
  return found;
}

function numberOf(node            )         {
  return typeof node["number"] === "number" ? node["number"] : 0;
}

function isPlain(name                  , operator        )          {
  const parts = (0,tree/* strings */.P$)(name);
  return parts.at(-1) === operator && (parts.length === 1 || (parts.length === 2 && parts[0] === "pg_catalog"));
}

function patternOf(json                  )                     {
  const [type, node] = (0,tree/* only */.j6)(json);
  if (type === "FuncCall" && (0,tree/* strings */.P$)(node["funcname"]).at(-1) === "similar_to_escape")
    return patternOf((0,tree/* list */.p_)(node["args"])[0]);
  const value = type === "A_Const" ? (0,tree/* asObject */.eB)(node["sval"])["sval"] : undefined;
  return type === "A_Const" && node["sval"] !== undefined ? (typeof value === "string" ? value : "") : undefined;
}

function isFalse(constant            )          {
  return constant["boolval"] !== undefined && (0,tree/* asObject */.eB)(constant["boolval"])["boolval"] !== true;
}

/** Equal trees mean equal values. Constants are looked at only where all else is equal. */
function isSame(a                  , b                  , target        )          {
  return shape(a, target) === shape(b, target) && canonical(a, target) === canonical(b, target);
}

/** The canonical tree without what its constants are worth. */
function shape(json                  , target        )         {
  return canonical(json, target, false);
}

/** The tree without places, and with the target's columns unqualified. */
function canonical(json                  , target        , constants = true)         {
  return JSON.stringify(json ?? null, (key, value      ) => {
    if ((0,tree/* isPlace */.Uj)(key)) return undefined;
    if (key === "A_Const" && !constants) return Object.keys((0,tree/* asObject */.eB)(value));
    if (key === "ColumnRef") {
      const column = columnOf({ ColumnRef: value }, target);
      return column ?? value;
    }
    return value;
  });
}

/** Behind a cast to an exact type, whatever type a parameter has. */
const EXACT_TARGET         = {
  relation: undefined,
  qualifier: "",
  schema: undefined,
  only: false,
  ownEquality: false,
  inexact: new Set(),
};

/** How deep a condition is simplified; each level may read the whole of it again. */
const FOLD_DEPTH_MAX = 16;

const OPPOSITES                                         = new Map([
  ["=", ["<>"]],
  ["<>", ["="]],
  ["<", [">="]],
  [">=", ["<", "<="]],
  [">", ["<="]],
  ["<=", [">", ">="]],
]);

const EXACT_TYPES                      = new Set([
  "int2",
  "int4",
  "int8",
  "numeric",
  "text",
  "varchar",
  "uuid",
  "date",
  "bool",
  "timestamp",
]);

;// CONCATENATED MODULE: ./packages/sql/src/footprint.js
/** What one statement does, gathered while its tree is walked. Mutable, for this package only. */
                                               
                                               




class Footprint {
           statements = new Map                  ();
           reads = new Map                  ();
           writes = new Map                  ();
           functions = new Map                  ();
  statementsComplete = true;
  readsComplete = true;
  writesComplete = true;
  functionsComplete = true;
  /** Why it could not be accounted for; the first reason wins. */
  unclassified                    ;
  where               = null;
  /** Every known relation that is touched, with what its views are made of. */
           touched = new Set          ();
  /** May change data, take row locks, or do something that cannot be known. */
  mayWrite = false;
  /** Reads credentials, data samples or other sessions' texts. */
  sensitive = false;
  /** A function that could return any relation's content is called. */
  opaqueFunction = false;
  /** Creates, changes or drops objects. */
  defines = false;
  /** Sets how the server reads texts. */
  changesReading = false;
  /** Gives something the name of a type of texts, so that `::text` can come to mean it. */
  namesTextType = false;

  tag(name        )       {
    this.statements.set(name, { name });
  }

  unclassify(reason        )       {
    this.unclassified ??= reason;
  }

  /** Nothing is known of what a body or a name will do. */
  opaque(reason        )       {
    this.unclassify(reason);
    this.statementsComplete = false;
    this.readsComplete = false;
    this.writesComplete = false;
    this.functionsComplete = false;
    this.mayWrite = true;
    this.opaqueFunction = true;
  }

  /** `alone`: without the rows of tables that inherit from it. */
  read(space           , schema                    , name        , alone = false)        {
    const found = (0,src_names/* findRelation */.Ik)(space, schema, name);
    for (const item of found.items) this.reads.set(item.name, item);
    if (!found.complete) this.readsComplete = false;
    if (!alone) inherit(found.relations, this.reads);
    this.touch(found, (item) => this.reads.set(item.name, item));
    return found;
  }

  /**
   * `rows`: rows of it change; `definition`: the object itself does, and a view's tables stay as they are.
   * `alone`: and not what inherits from it.
   */
  write(
    space           ,
    schema                    ,
    name        ,
    what                                    = "rows",
    alone = true,
  )        {
    const found = (0,src_names/* findRelation */.Ik)(space, schema, name);
    for (const item of found.items) this.writes.set(item.name, item);
    if (!found.complete) this.writesComplete = false;
    if (!alone) inherit(found.relations, this.writes);
    this.touch(found, (item) => {
      // Writing a view's rows writes what it is made of; which of it, only the server knows.
      if (what === "rows") this.writes.set(item.name, item);
      if (what === "refresh") this.reads.set(item.name, item);
    });
    this.mayWrite = true;
    return found;
  }

  /** A known relation is touched by something that does not name it. */
  saw(relation          , as                       )       {
    for (const each of [relation, ...relation.bases]) {
      const item = (0,src_names/* describeRelation */.c7)(each);
      as.set(item.name, item);
      this.touched.add(each);
    }
    if ((0,src_names/* isSensitive */.tV)(relation) || relation.bases.some(src_names/* isSensitive */.tV)) this.sensitive = true;
  }

  call(item          )       {
    this.#keepFunction(item.name, item);
    if (item.labels?.includes("@safe") === true) return;
    this.mayWrite = true;
    const [schema, name] = item.name.split(".");
    if (schema !== "pg_catalog" || name === undefined || !safe_functions/* CONTENT_FREE_FUNCTIONS */.z.has(name)) this.opaqueFunction = true;
  }

  condition(where       )       {
    this.where = weaker(this.where, where);
  }

  /** Adds another statement's doings to these. */
  add(other           )       {
    for (const key of ["statements", "reads", "writes"]         ) {
      for (const [name, item] of other[key]) this[key].set(name, item);
    }
    for (const [name, item] of other.functions) this.#keepFunction(name, item);
    this.defines ||= other.defines;
    this.changesReading ||= other.changesReading;
    this.namesTextType ||= other.namesTextType;
    this.statementsComplete &&= other.statementsComplete;
    this.readsComplete &&= other.readsComplete;
    this.writesComplete &&= other.writesComplete;
    this.functionsComplete &&= other.functionsComplete;
    this.unclassified ??= other.unclassified;
    this.where = weaker(this.where, other.where);
    for (const relation of other.touched) this.touched.add(relation);
    this.mayWrite ||= other.mayWrite;
    this.sensitive ||= other.sensitive;
    this.opaqueFunction ||= other.opaqueFunction;
  }

  /** A name that was called as such keeps its own labels, whatever body calls it besides. */
  #keepFunction(name        , item          )       {
    const known = this.functions.get(name);
    if (known === undefined || known.labels?.includes("@safe") === true) this.functions.set(name, item);
  }

          touch(found       , also                          )       {
    this.sensitive ||= found.sensitive;
    for (const relation of found.relations) {
      this.touched.add(relation);
      for (const base of relation.bases) {
        this.touched.add(base);
        also((0,src_names/* describeRelation */.c7)(base));
      }
    }
  }
}

/** Rows of tables that inherit are rows of their parent too. A partition is a part of its table, not a table beside it. */
function inherit(relations                     , into                       )       {
  const seen = new Set          ();
  const queue = relations.filter((relation) => relation.kind !== "p");
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const child of next.children) {
      if (seen.has(child)) continue;
      seen.add(child);
      queue.push(child);
      const item = (0,src_names/* describeRelation */.c7)(child);
      into.set(item.name, item);
    }
  }
}

;// CONCATENATED MODULE: ./packages/sql/src/batch.js
/** What the statements of one text change for those that come after them. Mutable, for this package only. */

                                                          

                                            
                                                 

class BatchState                  {
           #env                ;
           #prepared = new Map                              ();
           #cursors = new Map                              ();
  #allPreparedGone = false;
  #allCursorsGone = false;
  searchPath                               ;
  temporary                     ;
  /** Temporary relations behind which something lies that only the session knows. */
  #hidden                     ;
  stale = false;
  work = { visited: 0 };
  declaredInexact                     ;

  constructor(env                ) {
    this.#env = env;
    this.searchPath = env.searchPath;
    this.temporary = env.temporary;
    this.#hidden = env.hidden ?? new Set();
    this.declaredInexact = env.inexactParameters ?? new Set();
    this.stale = env.changed === "all";
  }

  isStale(name        , relations                     )          {
    const { changed } = this.#env;
    if (this.stale || changed === "all" || this.isHidden(name)) return true;
    if (changed === undefined) return false;
    return changed.has(name) || relations.some((relation) => relation.bases.some((base) => changed.has(base.name)));
  }

  isHidden(name        )          {
    return this.#hidden.has(name);
  }

  get catalogue()            {
    return this.#env.catalogue;
  }

  copy()             {
    const other = new BatchState(this.#env);
    for (const [name, analysis] of this.#prepared) other.#prepared.set(name, analysis);
    for (const [name, analysis] of this.#cursors) other.#cursors.set(name, analysis);
    other.#allPreparedGone = this.#allPreparedGone;
    other.#allCursorsGone = this.#allCursorsGone;
    other.searchPath = this.searchPath;
    other.temporary = this.temporary;
    other.#hidden = this.#hidden;
    other.stale = this.stale;
    other.work = this.work;
    return other;
  }

  snapshot()            {
    return { catalogue: this.catalogue, searchPath: this.searchPath, temporary: this.temporary };
  }

  /** The server plans a prepared statement again when the search path has changed, so its tree is walked again. */
  prepared(name        )                       {
    const parts = this.preparedParts(name);
    if (parts === undefined) return undefined;
    const [part] = parts;
    return parts.length === 1 && part !== undefined
      ? { kind: "tree", node: part.node, declaredInexact: part.declaredInexact }
      : done(parts);
  }

  preparedParts(name        )                              {
    if (this.#prepared.has(name)) return (0,analysis/* partsOf */.C)(this.#prepared.get(name));
    return this.#allPreparedGone ? undefined : (0,analysis/* partsOf */.C)(this.#env.prepared(name));
  }

  /** A cursor was planned when it was declared. */
  cursor(name        )                       {
    const parts = this.cursorParts(name);
    return parts === undefined ? undefined : done(parts);
  }

  cursorParts(name        )                              {
    if (this.#cursors.has(name)) return (0,analysis/* partsOf */.C)(this.#cursors.get(name));
    return this.#allCursorsGone ? undefined : (0,analysis/* partsOf */.C)(this.#env.cursor(name));
  }

  after(info               , part      )       {
    if (info.prepares !== undefined) this.#prepared.set(info.prepares.name, info.prepares.analysis);
    if (info.declares !== undefined) this.#cursors.set(info.declares.name, info.declares.analysis);
    if (info.deallocates !== undefined) this.#forget(this.#prepared, info.deallocates);
    if (info.closes !== undefined) this.#forget(this.#cursors, info.closes);
    if (info.createsTemporary !== undefined) this.temporary = new Set([...this.temporary, ...info.createsTemporary]);
    if (info.hides !== undefined) this.#hidden = new Set([...this.#hidden, ...info.hides]);
    if (info.ddl && (info.createsTemporary === undefined || part.type === "RenameStmt")) this.stale = true;
    if (info.discards === true) this.#forget(this.#prepared, "ALL");
    if (info.discards === true) this.#forget(this.#cursors, "ALL");
    if (changesPath(info, part.print, this.#env.pathOfTransaction === true)) this.searchPath = undefined;
  }

  #forget(names                                   , name        )       {
    if (name !== "ALL") {
      names.set(name, undefined);
      return;
    }
    for (const each of names.keys()) names.set(each, undefined);
    if (names === this.#prepared) this.#allPreparedGone = true;
    else this.#allCursorsGone = true;
  }
}

/** May names mean other relations after this statement? */
function changesPath(info               , print           , ofTransaction         )          {
  if (info.discards === true || print.unclassified !== undefined || print.opaqueFunction) return true;
  if (info.transaction === "rollback" || info.transaction === "rollback-to") return true;
  // What SET LOCAL has set ends with its transaction.
  if (ofTransaction && (info.transaction === "commit" || info.transaction === "prepare-transaction")) return true;
  if (print.functions.has("pg_catalog.set_config")) return true;
  return info.setsSetting !== undefined && PATH_SETTINGS.has(info.setsSetting);
}

const PATH_SETTINGS                      = new Set(["search_path", "role", "session_authorization", "ALL"]);

function done(parts                 )           {
  const footprint = new Footprint();
  for (const part of parts) footprint.add(part.print);
  return { kind: "done", footprint };
}

;// CONCATENATED MODULE: ./packages/sql/src/encoding.js
/**
 * Names in databases that are not in UTF-8. Pure.
 *
 * The server converts a text to its own encoding before it reads it, and only then cuts a name to 63 bytes (scansup.c)
 * and, in encodings of one byte a character, folds letters beyond ASCII. The gate's parser does both as in UTF-8. So two
 * names can be one to the server and two to the gate, or the other way round: such a text is not classified.
 */
                                                      

/** @returns why it is not certain what the names in the text stand for; undefined: they are what the parser says. */
function namesUnsure(text        , statements                         , encoding = UTF8)                     {
  if (encoding === UTF8) return undefined;
  for (const [mark] of text.matchAll(DOLLAR_QUOTE))
    if (BEYOND_ASCII.test(mark)) return `${REASON}: use a dollar quote without them`;
  const oneByte = ONE_BYTE.test(encoding);
  // Escapes (U&"\00e9") make names of their own, so it is the tree that is looked at.
  const unsure = (name        )          =>
    BEYOND_ASCII.test(name) && (!oneByte || name !== name.toLowerCase() || Buffer.byteLength(name) >= CUT_BYTES_MIN);
  return statements.some(({ stmt }) => holds(stmt, unsure)) ? `${REASON}: use other names` : undefined;
}

/** Does any text of the tree pass the test, constants aside? */
function holds(tree                  , test                           )          {
  const queue                       = [tree];
  for (let next = queue.pop(); queue.length > 0 || next !== undefined; next = queue.pop()) {
    if (typeof next === "string") {
      if (test(next)) return true;
    } else if (Array.isArray(next)) queue.push(...(next                   ));
    else if (typeof next === "object" && next !== null) {
      for (const [key, value] of Object.entries(next)) if (!CONSTANTS.has(key)) queue.push(value);
    }
  }
  return false;
}

const UTF8 = "UTF8";
const REASON = "the database is not in UTF-8, and a name holds characters beyond ASCII";
/** The mark of a dollar quote; where two characters of Unicode become one, the text would end elsewhere. */
const DOLLAR_QUOTE = /\$[\w\u0080-\uffff]*(?=\$)/g;
const BEYOND_ASCII = /[^\0-\x7f]/;
/** Encodings of one byte a character, in each of which no two characters of Unicode are one. */
const ONE_BYTE = /^(?:LATIN\d+|ISO_8859_\d+|WIN\d+|KOI8R|KOI8U)$/;
/** Where values stand, and texts that name nothing. */
const CONSTANTS                      = new Set(["A_Const", "DefElem", "comment"]);
/** A name of as many bytes in UTF-8 may have been cut (at 63, in front of a character of up to three bytes). */
const CUT_BYTES_MIN = 60;

;// CONCATENATED MODULE: ./packages/sql/src/settings.js
/**
 * Which settings a session may change without changing data or meaning (CONTRACT §3, housekeeping). Pure data.
 *
 * Everything that is not listed here is a tag of its own, `SET <name>`: settings that change how text is read
 * (standard_conforming_strings, backslash_quote, client_encoding other than UTF8, transform_null_equals, xmloption),
 * which object a name means (search_path), who acts (role, session_authorization), what rows are seen (row_security,
 * custom settings that policies of the database read), what runs (session_preload_libraries, local_preload_libraries,
 * default_tablespace, session_replication_role, check_function_bodies) and every setting we have not heard of.
 */

const ALWAYS                      = new Set(
  `application_name client_min_messages extra_float_digits statement_timeout lock_timeout transaction_timeout
   idle_in_transaction_session_timeout idle_session_timeout timezone synchronize_seqscans client_connection_check_interval
   tcp_keepalives_idle tcp_keepalives_interval tcp_keepalives_count tcp_user_timeout
   transaction_isolation transaction_read_only transaction_deferrable
   default_transaction_isolation default_transaction_read_only default_transaction_deferrable
   geqo geqo_effort geqo_generations geqo_pool_size geqo_seed geqo_selection_bias geqo_threshold
   jit jit_above_cost jit_inline_above_cost jit_optimize_above_cost plan_cache_mode from_collapse_limit
   join_collapse_limit cursor_tuple_fraction constraint_exclusion seq_page_cost random_page_cost cpu_tuple_cost
   cpu_index_tuple_cost cpu_operator_cost parallel_setup_cost parallel_tuple_cost min_parallel_table_scan_size
   min_parallel_index_scan_size max_parallel_workers_per_gather effective_cache_size effective_io_concurrency
   enable_async_append enable_bitmapscan enable_gathermerge enable_group_by_reordering enable_hashagg enable_hashjoin
   enable_incremental_sort enable_indexscan enable_indexonlyscan enable_material enable_memoize enable_mergejoin
   enable_nestloop enable_parallel_append enable_parallel_hash enable_partition_pruning enable_partitionwise_join
   enable_partitionwise_aggregate enable_presorted_aggregate enable_seqscan enable_sort enable_tidscan
   enable_distinct_reordering enable_self_join_elimination`.split(/\s+/),
);

/** Settings that are harmless only with these values; DateStyle's field order decides how '01/02/2024' is read. */
const WITH_VALUE                              = new Map([
  ["datestyle", /^iso$/i],
  ["intervalstyle", /^(postgres|postgres_verbose|iso_8601)$/i],
  ["bytea_output", /^(hex|escape)$/i],
  ["client_encoding", /^utf-?_?8$/i],
  ["standard_conforming_strings", /^(?:on|true|yes|1)$/i],
]);

/**
 * Is `SET name = values` housekeeping? `values` is undefined where the setting goes back to its default or where the
 * value is not a plain list of constants.
 */
function isHarmlessSetting(name        , values                               )          {
  if (ALWAYS.has(name)) return true;
  const pattern = WITH_VALUE.get(name);
  return pattern !== undefined && values?.length === 1 && pattern.test(values[0] ?? "");
}

/** The statement tag of a setting that is not harmless. */
function settingTag(name        )         {
  if (name === "role") return "SET ROLE";
  if (name === "session_authorization") return "SET SESSION AUTHORIZATION";
  return `SET ${name}`;
}

;// CONCATENATED MODULE: ./packages/sql/src/setting-tags.js
/** What SET and RESET are called: SET for harmless settings, `SET <name>` for every other (CONTRACT §3). Pure. */
                                                    



/** The tag of SET and RESET (CONTRACT §3). */
function settingTags(node            )         {
  const kind = (0,tree/* word */.Vm)(node["kind"]);
  const name = ((0,tree/* textOf */.b6)(node["name"]) ?? "").toLowerCase();
  if (kind === "VAR_RESET_ALL") return "RESET ALL";
  if (kind === "VAR_SET_MULTI") {
    return name === "transaction" || name === "session characteristics" ? "SET" : `SET ${name.toUpperCase()}`;
  }
  const values = kind === "VAR_SET_VALUE" ? (0,tree/* list */.p_)(node["args"]).map(constantText) : undefined;
  const plain = values?.every((value) => value !== undefined) === true ? values : undefined;
  if (!isHarmlessSetting(name, plain)) return settingTag(name);
  return kind === "VAR_RESET" ? "RESET" : "SET";
}

function constantText(json      )                     {
  const [type, node] = (0,tree/* only */.j6)(json);
  if (type !== "A_Const") return undefined;
  if (node["sval"] !== undefined) return (0,tree/* textOf */.b6)((0,tree/* asObject */.eB)(node["sval"])["sval"]) ?? "";
  if (node["ival"] !== undefined) return JSON.stringify((0,tree/* asObject */.eB)(node["ival"])["ival"] ?? 0);
  if (node["fval"] !== undefined) return (0,tree/* textOf */.b6)((0,tree/* asObject */.eB)(node["fval"])["fval"]) ?? "";
  return node["boolval"] !== undefined ? "bool" : undefined;
}

/** May names or texts mean something else afterwards, or others act? */
function changesMeaning(node            )          {
  const name = ((0,tree/* textOf */.b6)(node["name"]) ?? "").toLowerCase();
  return node["kind"] === "VAR_RESET_ALL" || MEANING.has(name) || name.startsWith("transaction snapshot");
}

const MEANING                      = new Set(
  `search_path role session_authorization standard_conforming_strings client_encoding backslash_quote row_security
   transform_null_equals session_replication_role xmloption`.split(/\s+/),
);

;// CONCATENATED MODULE: ./packages/sql/src/info.js
/** What a statement means for the connection that runs it: transactions, names, COPY. Pure. */
                                                
                                              



                               
                                                                                                    

/** The part of `StatementInfo` that the node itself says. */
                           
                       
                                           
                                                                                    
                        
                                                                                   
                                
                                                              
                                                
     
                                                                                                                      
                                  
     
                                     
                                                                                                                  
                                    
                             
                            
                                
                           
                              
                                                                         
                               
                                
                           
 

function describeStatement(
  type        ,
  node            ,
  print           ,
  temporary                     ,
)           {
  const transaction = type === "TransactionStmt" ? TRANSACTIONS.get((0,tree/* word */.Vm)(node["kind"])) : undefined;
  const createsTemporary = temporaryNames(type, node, temporary);
  const hides = hiddenBehind(type, node, print, new Set([...temporary, ...createsTemporary]));
  return {
    tag: type === "SelectStmt" && node["intoClause"] === undefined ? "SELECT" : firstTag(print),
    ddl: print.unclassified !== undefined || print.defines || isDefinition(type, node),
    returnsRows: returnsRows(type, node),
    writes: print.mayWrite,
    ...(transaction === undefined ? {} : { transaction }),
    ...(createsTemporary.length === 0 ? {} : { createsTemporary }),
    ...(hides.length === 0 ? {} : { hides }),
    ...(print.functions.has("pg_catalog.set_config") || print.changesReading ? { changesReading: true } : {}),
    ...(type === "VariableSetStmt" ? { setsSetting: settingOf(node) } : {}),
    ...(type === "ExecuteStmt" ? { executes: (0,tree/* textOf */.b6)(node["name"]) ?? "" } : {}),
    ...(type === "FetchStmt" ? { fetches: (0,tree/* textOf */.b6)(node["portalname"]) ?? "" } : {}),
    ...(type === "DeallocateStmt" ? { deallocates: (0,tree/* textOf */.b6)(node["name"]) ?? "ALL" } : {}),
    ...(type === "ClosePortalStmt" ? { closes: (0,tree/* textOf */.b6)(node["portalname"]) ?? "ALL" } : {}),
    ...(type === "DiscardStmt" ? { discards: true } : {}),
    ...(type === "CopyStmt" && node["filename"] === undefined && node["is_program"] !== true
      ? { copy: node["is_from"] === true ? ("in"         ) : ("out"         ) }
      : {}),
  };
}

/** Tags of statements that change neither data nor meaning; SET and RESET only ever name harmless settings. */
const HOUSEKEEPING_TAGS                      = new Set([
  "BEGIN",
  "START TRANSACTION",
  "COMMIT",
  "ROLLBACK",
  "SAVEPOINT",
  "RELEASE",
  "SHOW",
  "SET",
  "RESET",
  "RESET ALL",
  "DEALLOCATE",
  "DEALLOCATE ALL",
  "CLOSE CURSOR",
  "CLOSE CURSOR ALL",
  "DISCARD ALL",
  "DISCARD PLANS",
  "DISCARD SEQUENCES",
  "DISCARD TEMP",
]);

function isHousekeeping(print           )          {
  if (print.unclassified !== undefined || print.mayWrite) return false;
  if (print.reads.size + print.writes.size > 0 || print.statements.size === 0) return false;
  return [...print.statements.keys()].every((tag) => HOUSEKEEPING_TAGS.has(tag));
}

function firstTag(print           )         {
  return print.statements.keys().next().value ?? "";
}

function settingOf(node            )         {
  if (node["kind"] === "VAR_RESET_ALL") return "ALL";
  return ((0,tree/* textOf */.b6)(node["name"]) ?? settingTags(node)).toLowerCase();
}

function returnsRows(type        , node            )          {
  if (type === "SelectStmt") return node["intoClause"] === undefined;
  if (WITH_RETURNING.has(type)) return node["returningClause"] !== undefined;
  if (type === "FetchStmt") return node["ismove"] !== true;
  return ["VariableShowStmt", "ExplainStmt", "ExecuteStmt", "CallStmt"].includes(type);
}

function temporaryNames(type        , node            , temporary                     )                    {
  const relation = createdRelation(type, node);
  if (relation !== undefined) {
    const name = (0,tree/* textOf */.b6)(relation["relname"]) ?? "";
    const schema = (0,tree/* textOf */.b6)(relation["schemaname"]) ?? "";
    // A view over a temporary relation is made a temporary one, whatever was written.
    const follows = type === "ViewStmt" && temporary.size > 0;
    return relation["relpersistence"] === "t" || schema.startsWith("pg_temp") || follows ? [name] : [];
  }
  // A temporary relation that gets another name hides another relation from then on.
  const renamed = (0,tree/* textOf */.b6)((0,tree/* asObject */.eB)(node["relation"])["relname"]);
  if (type === "RenameStmt" && renamed !== undefined && temporary.has(renamed)) return [(0,tree/* textOf */.b6)(node["newname"]) ?? ""];
  return [];
}

function hiddenBehind(
  type        ,
  node            ,
  print           ,
  temporary                     ,
)                    {
  if (!print.defines || temporary.size === 0) return [];
  const relation = createdRelation(type, node) ?? (0,tree/* asObject */.eB)(node["relation"]);
  const name = (0,tree/* textOf */.b6)(relation["relname"]) ?? "";
  if (!temporary.has(name)) return [];
  if (type === "ViewStmt") {
    const overTemporary = [...print.reads.keys()].some((read) => read.startsWith("pg_temp."));
    const said = relation["relpersistence"] === "t" || ((0,tree/* textOf */.b6)(relation["schemaname"]) ?? "").startsWith("pg_temp");
    return said || overTemporary ? [name] : [];
  }
  const text = JSON.stringify(node);
  const linked = TIES_RELATIONS.test(text) || ["RuleStmt", "CreateTrigStmt", "CreatePolicyStmt"].includes(type);
  const calls = [...print.functions.values()].some((item) => item.labels === undefined);
  if (type === "RenameStmt") return [name, (0,tree/* textOf */.b6)(node["newname"]) ?? ""];
  if (!linked && !calls && print.functionsComplete) return [];
  const others = [...text.matchAll(/"relname":"((?:[^"\\]|\\.)*)"/g)].map(([, each = ""]) => each);
  return [...new Set([name, ...others.filter((each) => temporary.has(each))])];
}

function createdRelation(type        , node            )                         {
  switch (type) {
    case "CreateStmt":
      return (0,tree/* asObject */.eB)(node["relation"]);
    case "CreateSeqStmt":
      return (0,tree/* asObject */.eB)(node["sequence"]);
    case "ViewStmt":
      return (0,tree/* asObject */.eB)(node["view"]);
    case "CompositeTypeStmt":
      return (0,tree/* asObject */.eB)(node["typevar"]);
    case "CreateTableAsStmt":
      return (0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(node["into"])["rel"]);
    case "SelectStmt": {
      const into = findInto(node);
      return into === undefined ? undefined : (0,tree/* asObject */.eB)(into["rel"]);
    }
    default:
      return undefined;
  }
}

/** INTO may stand in the leftmost arm of a UNION. */
function findInto(select            )                         {
  for (let next = select, depth = 0; depth < INTO_DEPTH_MAX; depth++) {
    if (next["intoClause"] !== undefined) return (0,tree/* asObject */.eB)(next["intoClause"]);
    if (next["larg"] === undefined) return undefined;
    next = (0,tree/* asObject */.eB)(next["larg"]);
  }
  return undefined;
}

function isDefinition(type        , node            )          {
  if (type === "SelectStmt") return findInto(node) !== undefined;
  // EXPLAIN ANALYZE of a definition defines.
  if (type === "ExplainStmt") return ["CreateTableAsStmt"].includes(Object.keys((0,tree/* asObject */.eB)(node["query"]))[0] ?? "");
  return DEFINITION.test(type) && !NOT_DEFINITIONS.has(type);
}

/** Foreign keys, inheritance and partitions, as the parse tree spells them. */
const TIES_RELATIONS = /"CONSTR_FOREIGN"|"inhRelations"|"partbound"|"partspec"|"AT_AddInherit"|"AT_AttachPartition"/;

const TRANSACTIONS                                         = new Map([
  ["TRANS_STMT_BEGIN", "begin"],
  ["TRANS_STMT_START", "begin"],
  ["TRANS_STMT_COMMIT", "commit"],
  ["TRANS_STMT_ROLLBACK", "rollback"],
  ["TRANS_STMT_SAVEPOINT", "savepoint"],
  ["TRANS_STMT_RELEASE", "release"],
  ["TRANS_STMT_ROLLBACK_TO", "rollback-to"],
  ["TRANS_STMT_PREPARE", "prepare-transaction"],
]);

const WITH_RETURNING                      = new Set(["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"]);
const DEFINITION =
  /^(Create|Alter|Drop|Define|Rename|View|Index|Import|Rule|CompositeType|Reassign|Do|Call|Load|Grant|SecLabel)/;
const NOT_DEFINITIONS                      = new Set(["AlterSystemStmt", "SecLabelStmt"]);
/** Arms of a UNION that are searched for INTO. */
const INTO_DEPTH_MAX = 10_000;

// EXTERNAL MODULE: ./packages/sql/src/mask-analysis.js + 16 modules
var mask_analysis = __webpack_require__(52490);
// EXTERNAL MODULE: ./packages/sql/src/parser.js + 1 modules
var parser = __webpack_require__(39207);
// EXTERNAL MODULE: ./packages/sql/src/node-tree.js
var node_tree = __webpack_require__(30146);
;// CONCATENATED MODULE: ./packages/sql/src/plpgsql-constants.js
/**
 * What text an EXECUTE runs, where that can be told: a literal, and literals that the call hands to arguments of type
 * text, put together with `||` or format(). Pure, over the loaded grammar.
 */



/** Texts of a call's arguments: by name (lower case, as a plain identifier) and by `$n`. */
                                                    

const NO_CONSTANTS            = new Map();

/** The only expression of `SELECT …` without any clause; undefined for anything else. */
function selected(expression        )                   {
  const outcome = (0,parser/* parseSql */.eg)(`SELECT ${expression}`);
  const statement =
    outcome.kind === "tree" && outcome.statements.length === 1 ? outcome.statements[0]?.stmt : undefined;
  const [type, select] = (0,tree/* only */.j6)((0,tree/* asObject */.eB)(statement));
  if (type !== "SelectStmt" || Object.keys(select).some((key) => !PLAIN_SELECT.has(key))) return undefined;
  const [target, ...others] = (0,tree/* list */.p_)(select["targetList"]);
  return others.length > 0 ? undefined : (0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(target)["ResTarget"])["val"];
}

/** The text that an expression is worth; undefined where it depends on anything but constants. */
function plpgsql_constants_constantText(json                  , constants           , depth = 0)                     {
  if (json === undefined || depth > CONSTANT_DEPTH_MAX) return undefined;
  const inner = (each                  )                     => plpgsql_constants_constantText(each, constants, depth + 1);
  const [type, node] = (0,tree/* only */.j6)(json);
  switch (type) {
    case "A_Const":
      return node["sval"] === undefined ? undefined : ((0,tree/* textOf */.b6)((0,tree/* asObject */.eB)(node["sval"])["sval"]) ?? "");
    case "ParamRef":
      return typeof node["number"] === "number" ? constants.get(`$${node["number"]}`) : undefined;
    case "ColumnRef": {
      const names = (0,tree/* strings */.P$)(node["fields"]);
      return names.length === 1 && (0,tree/* list */.p_)(node["fields"]).length === 1 ? constants.get(names[0] ?? "") : undefined;
    }
    case "A_Expr": {
      if (node["kind"] !== "AEXPR_OP" || (0,tree/* strings */.P$)(node["name"]).join(".") !== "||") return undefined;
      const [left, right] = [inner(node["lexpr"]), inner(node["rexpr"])];
      return left === undefined || right === undefined ? undefined : left + right;
    }
    case "FuncCall": {
      if ((0,tree/* strings */.P$)(node["funcname"]).at(-1) !== "format" || Object.keys(node).some((key) => !PLAIN_CALL.has(key))) {
        return undefined;
      }
      const [pattern, ...values] = (0,tree/* list */.p_)(node["args"]).map(inner);
      return pattern === undefined ? undefined : formatted(pattern, values);
    }
    default:
      return undefined;
  }
}

/** format() with nothing but %s and %%. */
function formatted(pattern        , values                                 )                     {
  let place = 0;
  let known = true;
  const text = pattern.replaceAll(/%(.?)/gs, (_all, letter        ) => {
    if (letter === "%") return "%";
    const value = letter === "s" ? values[place++] : undefined;
    if (value === undefined) known = false;
    return value ?? "";
  });
  return known ? text : undefined;
}

/**
 * The constants that a body only ever looks at: every place where the name stands is inside an expression. One that is
 * declared anew, assigned or selected into stands somewhere else too.
 */
function unassigned(
  constants           ,
  tokens                   ,
  expressions                       ,
)            {
  if (constants.size === 0) return constants;
  const words = new Set(tokens.map((token) => token.toLowerCase()));
  // CALL writes into its arguments; U&"…" can spell any name.
  if (words.has("call") || (words.has("u") && words.has("&"))) return NO_CONSTANTS;
  const numbered = [...words].some((word) => /^\$\d+$/.test(word));
  const looked = new Map                ();
  const count = (json                  )       => {
    if (Array.isArray(json)) for (const item of json                   ) count(item);
    else if (typeof json === "object" && json !== null) {
      for (const [key, value] of Object.entries(json)) {
        const node = (0,tree/* asObject */.eB)(value);
        const name =
          key === "ColumnRef" && (0,tree/* list */.p_)(node["fields"]).length === 1
            ? (0,tree/* strings */.P$)(node["fields"])[0]
            : key === "ParamRef" && typeof node["number"] === "number"
              ? `$${node["number"]}`
              : undefined;
        if (name !== undefined) looked.set(name, (looked.get(name) ?? 0) + 1);
        count(value);
      }
    }
  };
  for (const expression of expressions) count(expression);
  const written = new Map                ();
  for (const token of tokens) {
    const name = token.startsWith('"') ? token.slice(1, -1).toLowerCase() : token.toLowerCase();
    written.set(name, (written.get(name) ?? 0) + 1);
  }
  return new Map(
    [...constants].filter(([name]) => {
      // A named argument has a number as well, and can be qualified: either could be assigned.
      if (!name.startsWith("$") && (numbered || [...words].some((word) => word.endsWith(`.${name}`)))) return false;
      return (written.get(name) ?? 0) === (looked.get(name) ?? 0);
    }),
  );
}

/**
 * What a call gives to arguments of type text. `parameters`: FunctionParameter nodes of the function; `args`: the
 * nodes of the call.
 */
function constantsOf(parameters                 , args                 )            {
  // The columns of RETURNS TABLE stand behind the arguments and take no part in their numbers.
  const inputs = parameters
    .map((each) => (0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(each)["FunctionParameter"]))
    .filter((each) => (0,tree/* textOf */.b6)(each["mode"]) !== "FUNC_PARAM_TABLE");
  if (inputs.length !== args.length || !inputs.every((each) => INPUTS.has((0,tree/* textOf */.b6)(each["mode"]) ?? ""))) {
    return NO_CONSTANTS;
  }
  const found = new Map                ();
  for (const [place, input] of inputs.entries()) {
    const type = (0,tree/* asObject */.eB)(input["argType"]);
    const value = (0,tree/* asObject */.eB)((0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(args[place])["A_Const"])["sval"]);
    const isText = (0,tree/* strings */.P$)(type["names"]).at(-1) === "text" && type["arrayBounds"] === undefined;
    const text = (0,tree/* textOf */.b6)(value["sval"]);
    if (!isText || text === undefined) continue;
    const name = (0,tree/* textOf */.b6)(input["name"]);
    // A quoted name could be written in two ways; it is found by its number all the same.
    if (name !== undefined && /^[a-z_][a-z0-9_]*$/.test(name)) found.set(name, text);
    // Known by both, it could be assigned under the one and looked at under the other.
    else found.set(`$${place + 1}`, text);
  }
  return found;
}

const PLAIN_SELECT                      = new Set(["targetList", "limitOption", "op"]);
const PLAIN_CALL                      = new Set(["funcname", "args", "funcformat", "location"]);
const INPUTS                      = new Set(["FUNC_PARAM_IN", "FUNC_PARAM_DEFAULT"]);
/** Nesting of an expression that is put together. */
const CONSTANT_DEPTH_MAX = 100;

// EXTERNAL MODULE: ./packages/sql/src/tokens.js
var src_tokens = __webpack_require__(92131);
;// CONCATENATED MODULE: ./packages/sql/src/plpgsql.js
/**
 * The SQL inside a PL/pgSQL body, by PL/pgSQL's own grammar: every statement and expression, wherever it stands. Pure,
 * over the loaded grammar.
 *
 * The parser sees no catalogue, so a row type is read as `record`; and it leaves out the defaults of record variables,
 * which are found among the tokens of DECLARE sections. EXECUTE is followed where its text is known (plpgsql-constants.ts),
 * and nowhere else.
 */





/** Statements and expressions of one body. */
const BODY_EXPRESSIONS_MAX = 5_000;

                  
     
                                  
                                                           
                                                 
                                             
                                        
     
                                                          

/** `head` is the definition up to its body: `CREATE FUNCTION f(…) RETURNS … LANGUAGE plpgsql AS`, or `DO`. */
function readPlpgsql(head        , source        , constants            = NO_CONSTANTS)       {
  const tokens = tokenize(source);
  const body = withRecords(tokens);
  let quote = "$gate$";
  while (body.includes(quote)) quote = `$gate${quote.length}${quote.slice(1)}`;
  const outcome = (0,parser/* parsePlpgsql */.Tu)(`${head} ${quote}${body}${quote}`);
  if (outcome.kind === "refused") return unknown(outcome.reason);
  const found        = { texts: [], dynamic: [], endsTransaction: false, reason: undefined };
  collect(outcome.functions, found);
  for (const text of declaredDefaults(tokens)) found.texts.push({ text, mode: EXPRESSION });
  if (found.reason !== undefined) return unknown(found.reason);
  // Every EXECUTE must have been met in the tree.
  if (tokens.filter((token) => token.toLowerCase() === "execute").length !== found.dynamic.length)
    return unknown(DYNAMIC);
  if (found.texts.length > BODY_EXPRESSIONS_MAX) return unknown("a function's body is too large to classify");
  const statements               = [];
  const fixed               = [];
  for (const { text, mode } of found.texts) {
    const parsed = parseOne(text, mode);
    if (parsed === undefined) return unknown("a function's body does not parse");
    statements.push(...parsed.nodes);
    fixed.push(...parsed.values);
  }
  const known = unassigned(constants, tokens, fixed);
  for (const query of found.dynamic) {
    const text = plpgsql_constants_constantText(selected(query), known);
    const parsed = text === undefined ? undefined : statementOf(text, undefined);
    if (parsed === undefined) return unknown(DYNAMIC);
    statements.push(...parsed);
  }
  return { kind: "statements", statements, endsTransaction: found.endsTransaction };
}

function unknown(reason        )       {
  return { kind: "unknown", reason };
}

                 
                                                                     
                                                        
                             
                           
                             
 

function collect(json      , found       )       {
  if (Array.isArray(json)) {
    for (const item of json                   ) collect(item, found);
    return;
  }
  if (typeof json !== "object" || json === null) return;
  for (const [key, value] of Object.entries(json              )) {
    if (key === "dynquery") found.dynamic.push(queryOf(value));
    if (DYNAMIC_STATEMENTS.has(key)) found.dynamic.push(queryOf((0,tree/* asObject */.eB)(value)["query"]));
    else if (key.startsWith("PLpgSQL_") && !KNOWN.has(key)) {
      found.reason ??= "a body has a statement that gate does not know";
    }
    if (key === "PLpgSQL_stmt_commit" || key === "PLpgSQL_stmt_rollback") found.endsTransaction = true;
    if (key === "PLpgSQL_expr") {
      const expression = (0,tree/* asObject */.eB)(value);
      const { query, parseMode } = expression;
      found.texts.push({ text: (0,tree/* textOf */.b6)(query) ?? "", mode: typeof parseMode === "number" ? parseMode : STATEMENT });
    } else collect(value ?? null, found);
  }
}

/** RawParseMode (parser/parser.h): 0 a statement, 1 a type, 2 an expression, 3 to 5 an assignment. */
function parseOne(text        , mode        )                     {
  if (mode === STATEMENT || mode === EXPRESSION) {
    const nodes = mode === STATEMENT ? statementOf(text, undefined) : statementOf(`SELECT ${text}`, "SelectStmt");
    return nodes === undefined ? undefined : { nodes, values: nodes };
  }
  if (mode < FIRST_ASSIGNMENT || mode > LAST_ASSIGNMENT) return undefined;
  const tokens = tokenize(text);
  const at = assignmentOf(tokens);
  if (at === undefined) return undefined;
  // The target may hold subscripts that are computed.
  const target = statementOf(`SELECT ${tokens.slice(0, at.start).join("")}`, "SelectStmt");
  const value = statementOf(`SELECT ${tokens.slice(at.end).join("")}`, "SelectStmt");
  return target === undefined || value === undefined ? undefined : { nodes: [...target, ...value], values: value };
}

                  
                                        
                                            
                                         
 

function queryOf(json                  )         {
  return (0,tree/* textOf */.b6)((0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(json)["PLpgSQL_expr"])["query"]) ?? "";
}

function statementOf(text        , type                    )                                    {
  const outcome = (0,parser/* parseSql */.eg)(text);
  if (outcome.kind !== "tree") return undefined;
  const [first] = outcome.statements;
  if (outcome.statements.length !== 1 || first === undefined) return undefined;
  const node = (0,tree/* asObject */.eB)(first.stmt);
  return type === undefined || (0,tree/* only */.j6)(node)[0] === type ? [node] : undefined;
}

/** The first `:=` or `=` outside brackets. */
function assignmentOf(tokens                   )                                                               {
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (token === "(" || token === "[") depth++;
    else if (token === ")" || token === "]") depth--;
    else if (token === "=" && depth === 0) {
      return { start: tokens[index - 1] === ":" ? index - 1 : index, end: index + 1 };
    }
  }
  return undefined;
}

/** `name%ROWTYPE` becomes `record`: the parser would take it for a scalar. */
function withRecords(tokens                   )         {
  const out           = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] ?? "";
    const after = nextSolid(tokens, at);
    if (token !== "%" || after === undefined || tokens[after]?.toLowerCase() !== "rowtype") {
      out.push(token);
      continue;
    }
    while (out.length > 0 && isBlank(out.at(-1) ?? "")) out.pop();
    while (out.length > 0 && IDENTIFIER.test(out.at(-1) ?? "")) out.pop();
    out.push(" record");
    at = after;
  }
  return out.join("");
}

function nextSolid(tokens                   , from        )                     {
  for (let at = from + 1; at < tokens.length; at++) if (!isBlank(tokens[at] ?? "")) return at;
  return undefined;
}

/** Texts of the defaults in DECLARE sections. */
function declaredDefaults(tokens                   )                    {
  const found           = [];
  let declaring = false;
  let declaration           = [];
  let depth = 0;
  for (const token of tokens) {
    const word = token.toLowerCase();
    if (!declaring) {
      declaring = word === "declare";
      declaration = [];
      depth = 0;
      continue;
    }
    if (word === "begin" && depth === 0) {
      declaring = false;
      continue;
    }
    if (token === "(" || token === "[") depth++;
    if (token === ")" || token === "]") depth--;
    if (token !== ";" || depth !== 0) {
      declaration.push(token);
      continue;
    }
    const text = defaultOf(declaration);
    if (text !== undefined) found.push(text);
    declaration = [];
  }
  return found;
}

function defaultOf(declaration                   )                     {
  let depth = 0;
  for (const [index, token] of declaration.entries()) {
    const word = token.toLowerCase();
    if (token === "(" || token === "[") depth++;
    if (token === ")" || token === "]") depth--;
    // A cursor's query and an alias are in the tree.
    if (word === "cursor" || word === "alias") return undefined;
    if (depth === 0 && (token === "=" || word === "default")) return declaration.slice(index + 1).join("");
  }
  return undefined;
}

function tokenize(text        )                    {
  const tokens           = [];
  for (let at = 0; at < text.length;) {
    const end = (0,src_tokens/* endOfToken */.kv)(text, at);
    tokens.push(text.slice(at, end));
    at = end;
  }
  return tokens;
}

function isBlank(token        )          {
  return /^\s/.test(token) || token.startsWith("--") || token.startsWith("/*");
}

const DYNAMIC = "a body builds its SQL while it runs";
const DYNAMIC_STATEMENTS                      = new Set(["PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors"]);
const STATEMENT = 0;
const EXPRESSION = 2;
const FIRST_ASSIGNMENT = 3;
const LAST_ASSIGNMENT = 5;
const IDENTIFIER = /^(?:"(?:[^"]|"")*"|[A-Za-z0-9_$.\u0080-\uffff]+)$/;
/** Node types of the tree (plpgsql.h) whose expressions are all that they run. */
const KNOWN                      = new Set(
  `function alias var type expr rec row recfield nsitem promise stmt_block stmt_assign stmt_perform stmt_execsql stmt_if
   if_elsif stmt_case case_when stmt_loop stmt_exit stmt_while stmt_fori stmt_fors stmt_forc stmt_foreach_a stmt_open
   stmt_fetch stmt_close stmt_raise raise_option stmt_assert stmt_call stmt_getdiag diag_item exception_block exception
   condition stmt_return_query stmt_return_next stmt_return stmt_commit stmt_rollback`
    .split(/\s+/)
    .map((name) => `PLpgSQL_${name}`),
);

/** The body of a DO, with the words before it. */
function doBody(node            )                                                         {
  let language = "plpgsql";
  let source = "";
  for (const each of (0,tree/* list */.p_)(node["args"])) {
    const option = (0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(each)["DefElem"]);
    const value = (0,tree/* textOf */.b6)((0,tree/* only */.j6)(option["arg"])[1]["sval"]) ?? "";
    if (option["defname"] === "language") language = value.toLowerCase();
    if (option["defname"] === "as") source = value;
  }
  return { language, source };
}

;// CONCATENATED MODULE: ./packages/sql/src/bodies.js
/** What a function's body contains, read once for each function of a catalogue. Pure, over the loaded grammar. */
                                         






                         
                                                                                                                  
                                                        
                                                                                   
                                 
                                                          

function bodyOf(routine         )              {
  let body = BODIES.get(routine);
  if (body === undefined) {
    body = read(routine);
    BODIES.set(routine, body);
  }
  return body;
}

/**
 * The body as a call with these arguments runs it: where it builds SQL out of literals of the call, that is known too.
 */
function bodyWith(routine         , args                 )              {
  const body = bodyOf(routine);
  if (body.kind !== "unknown" || routine.language !== "plpgsql" || routine.source === undefined) return body;
  const outcome = (0,parser/* parseSql */.eg)(`${headOf(routine)} ''`);
  const [, definition] = (0,tree/* only */.j6)((0,tree/* asObject */.eB)(outcome.kind === "tree" ? outcome.statements[0]?.stmt : undefined));
  const constants = constantsOf((0,tree/* list */.p_)(definition["parameters"]), args);
  return constants.size === 0 ? body : readPlpgsql(headOf(routine), routine.source, constants);
}

/** An SQL body given as text. */
function readSqlBody(source        )              {
  const outcome = (0,parser/* parseSql */.eg)(source);
  if (outcome.kind !== "tree") return { kind: "unknown", reason: "a function's body does not parse" };
  return {
    kind: "statements",
    statements: outcome.statements.map((statement) => (0,tree/* asObject */.eB)(statement.stmt)),
    endsTransaction: false,
  };
}

function read(routine         )              {
  // An aggregate and its parts: the parts are in `calls`.
  if (routine.kind === "a") return { kind: "statements", statements: [], endsTransaction: false };
  if (routine.language === "c" || routine.language === "internal") return { kind: "compiled" };
  if (routine.language !== "sql" && routine.language !== "plpgsql") {
    return { kind: "unknown", reason: "a function is written in a language that gate does not read" };
  }
  if (routine.tree !== undefined) {
    const tree = (0,node_tree/* parseNodeTree */.ol)(routine.tree);
    return tree === undefined
      ? { kind: "unknown", reason: "a function's body is too large to read" }
      : { kind: "tree", facts: (0,node_tree/* treeFacts */.kt)(tree) };
  }
  if (routine.source === undefined) return { kind: "unknown", reason: "a function's body is too large to read" };
  if (routine.language === "sql") return readSqlBody(routine.source);
  return readPlpgsql(headOf(routine), routine.source);
}

function headOf(routine         )         {
  const what = routine.kind === "p" ? "PROCEDURE" : "FUNCTION";
  const returns = routine.result === undefined ? "" : ` RETURNS ${routine.result}`;
  return `CREATE ${what} gate_body(${routine.arguments})${returns} LANGUAGE plpgsql AS`;
}

/** A catalogue lives for seconds to minutes, and its routines with it. */
const BODIES = new WeakMap                      ();

// EXTERNAL MODULE: ./packages/sql/src/function-labels.js
var function_labels = __webpack_require__(7937);
// EXTERNAL MODULE: ./packages/sql/src/search-path.js
var search_path = __webpack_require__(9809);
;// CONCATENATED MODULE: ./packages/sql/src/builtin-operators.js
/** Names of PostgreSQL's own operators, versions 13 to 18 (pg_operator.dat). Pure data. */
const BUILTIN_OPERATORS                      = new Set(
  (
    "!! !~ !~* !~~ !~~* ! # ## #- #> #>> % & && &< &<| &> * *< *<= *<> *= *> *>= + - -> ->> -|- / < <-> << <<= <<| <= <> " +
    "<@ <^ = > >= >> >>= >^ ? ?# ?& ?- ?-| ?| ?|| @ @-@ @> @? @@ @@@ ^ ^@ | |&> |/ |>> || ||/ ~ ~* ~<=~ ~<~ ~= ~>=~ " +
    "~>~ ~~ ~~*"
  ).split(" "),
);

// EXTERNAL MODULE: ./packages/sql/src/nodes.js
var nodes = __webpack_require__(85820);
;// CONCATENATED MODULE: ./packages/sql/src/walk.js
/**
 * Walks a parse tree and fills a Footprint. Every node goes through the closed table of nodes.ts; what needs more than
 * "look at its children" has a handler. Pure.
 */

                                               
                                         
                                            


                                                

                                                    



/** Nesting of nodes that is followed; deeper statements are unclassified. */
const TREE_DEPTH_MAX = 800;

/** Nodes that are visited for one text, EXECUTE's statements counted each time. */
const NODES_VISITED_MAX = 3_000_000;

/** What earlier statements of the same text changed for the later ones. */
                                          
                                                                                                    
                                                            
                                                          
                                                                                        
                          
                                                                                        
                                                                              
                                                                                                   
                                               
                                                                    
                                     
 

/** A statement that another one runs by name. */
                      
                                                                                                       
                                                             

/** Names that a WITH clause defines; they hide relations inside it. */
                 
                              
                                    
 

/**
 * read: its rows are read; copy, truncate, lock: its rows change, or nobody else may change them; define: the object
 * itself changes; alter: and what inherits from it; refresh: it is filled anew.
 */
                                                                                          

/** Where a walker stands: in the statement itself (depth 0), or in what it sets off. */
                         
                             
                         
                                                                   
                                                                                               
 

                                                                 

class Walker {
           space       ;
           print           ;
           handlers                              ;
           inside        ;
  /** What a relation name stands for where nothing else says so: definitions write it, queries read it. */
  mode       = "read";
  #scope                   ;
  #depth = 0;
  #root             = {};
  #declaredInexact                      = new Set();
  #inexact                                 ;

  constructor(space       , print           , handlers                              , inside        ) {
    this.space = space;
    this.print = print;
    this.handlers = handlers;
    this.inside = inside;
  }

  /** A wrapped node, a list of them, or nothing. */
  any(json                  )       {
    if (json === undefined || json === null) return;
    if (Array.isArray(json)) {
      for (const item of json                   ) this.any(item);
      return;
    }
    if (typeof json !== "object") {
      this.print.opaque("the parse tree has a value where a node belongs");
      return;
    }
    const keys = Object.keys(json);
    if (keys.length === 0) return; // a null list element
    const type = keys[0];
    if (keys.length > 1 || type === undefined) {
      this.print.opaque("the parse tree has an ambiguous node");
      return;
    }
    this.node(type, (0,tree/* asObject */.eB)((json              )[type]));
  }

  /** One node of a known type. */
  node(type        , node            )       {
    if (!nodes/* NODES */.K.has(type)) {
      this.print.opaque(`the parse tree has a node that gate does not know: ${type}`);
      return;
    }
    if (++this.#depth > TREE_DEPTH_MAX) {
      this.print.opaque("the statement is nested too deeply");
    } else if (++this.space.work.visited > NODES_VISITED_MAX) {
      this.print.opaque("the statement is too large to classify");
    } else {
      const handler = this.handlers.get(type);
      if (handler === undefined) this.children(type, node);
      else handler(this, node);
    }
    this.#depth -= 1;
  }

  /** Every field of a node but those named; an unknown field makes the statement unclassified. */
  children(type        , node            , except                    = [])       {
    const fields = nodes/* NODES */.K.get(type);
    for (const name of Object.keys(node)) {
      const kind = fields?.get(name);
      if (kind === undefined) this.print.opaque(`the parse tree has a field that gate does not know: ${type}.${name}`);
      else if (kind === "scalar" || except.includes(name)) continue;
      else if (kind === "nodes") this.any(node[name]);
      else this.node(kind.type, (0,tree/* asObject */.eB)(node[name]));
    }
  }

  /** Runs `body` with the names of a WITH clause in scope; its queries are walked first. */
  with(clause                  , body            )       {
    if (clause === undefined) {
      body();
      return;
    }
    const saved = this.#scope;
    const withClause = (0,tree/* asObject */.eB)(clause);
    const scope        = { names: new Set(), outer: saved };
    this.#scope = scope;
    const recursive = withClause["recursive"] === true;
    const tables = (0,tree/* list */.p_)(withClause["ctes"]).map((each) => (0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(each)["CommonTableExpr"]));
    // Only RECURSIVE lets a query see its own name and those that come after it.
    if (recursive) for (const table of tables) scope.names.add((0,tree/* textOf */.b6)(table["ctename"]) ?? "");
    for (const table of tables) {
      this.node("CommonTableExpr", table);
      scope.names.add((0,tree/* textOf */.b6)(table["ctename"]) ?? "");
    }
    this.children("WithClause", withClause, ["ctes"]);
    body();
    this.#scope = saved;
  }

  /** Runs `body` where relation names stand for this. */
  as(mode      , body            )       {
    const saved = this.mode;
    this.mode = mode;
    body();
    this.mode = saved;
  }

  /** Runs `body` for the statement `root`, whose parameters are its own. */
  statement(root            , declaredInexact                     , body            )       {
    const saved = [this.#root, this.#declaredInexact, this.#inexact]         ;
    this.#root = root;
    this.#declaredInexact = declaredInexact;
    this.#inexact = undefined;
    body();
    [this.#root, this.#declaredInexact, this.#inexact] = saved;
  }

  /** Parameters whose equality with a key does not pin it. */
  get inexact()                      {
    return (this.#inexact ??= inexactParameters(this.#root, this.#declaredInexact));
  }

  isCte(name        )          {
    for (let scope = this.#scope; scope !== undefined; scope = scope.outer) if (scope.names.has(name)) return true;
    return false;
  }

  operator(names                   )       {
    const name = names.at(-1) ?? "";
    const schema = names.length > 1 ? names.at(-2) : undefined;
    for (const called of (0,src_names/* findOperators */.zK)(this.space, schema, name)) this.called(called);
    if ((schema === undefined || schema === "pg_catalog") && BUILTIN_OPERATORS.has(name)) return;
    const own = this.space.catalogue.operators(name);
    if (own.some((each) => schema === undefined || each.schema === schema)) return;
    // Neither PostgreSQL's nor in the catalogue: it runs a function that nobody knows.
    this.print.functionsComplete = false;
    this.print.opaqueFunction = true;
    this.print.mayWrite = true;
  }

  call(names                   , args                  )       {
    const name = names.at(-1) ?? "";
    const { called, complete } = (0,src_names/* findFunction */.W$)(this.space, names.length > 1 ? names.at(-2) : undefined, name);
    for (const each of called) this.called(each, args);
    if (!complete || this.space.stale) this.print.functionsComplete = false;
    // A body that was replaced in the open transaction cannot be seen from outside it.
    if (this.space.stale && called.some(({ routines }) => routines.length > 0)) this.unknownCode();
  }

  /** A function whose body nobody has seen. */
  unknownCode()       {
    this.print.statementsComplete = false;
    this.print.readsComplete = false;
    this.print.writesComplete = false;
    this.print.functionsComplete = false;
  }

  /**
   * A function runs, and with it its body. Inside another body it carries @safe: whoever allows the outer call is
   * asked about what both do, not about the parts that they are made of. Compiled ones are asked about by their name.
   */
  called({ item, routines }        , args                  )       {
    const read = this.inside.depth > 0 && routines.length > 0 && routines.every(isReadable);
    this.print.call(read ? { ...item, labels: function_labels/* SAFE_LABEL */.x } : item);
    const unseen = routines.length === 0 && !item.name.startsWith("pg_catalog.");
    if (unseen || item.labels?.includes("@dynamic_sql") === true) this.unknownCode();
    this.inside.run(this, routines, args);
  }

  /** `x.name` may call a users' function of that name with x as its argument. */
  attribute(name        )       {
    if (!this.space.catalogue.isAttributeFunction(name)) return;
    this.call([name]);
  }
}

function isReadable(routine         )          {
  return bodyOf(routine).kind !== "compiled";
}

/** The names in a DROP or COMMENT object: a list of names or a single one. */
function objectName(json                  )                    {
  const [type, node] = (0,tree/* only */.j6)(json);
  if (type === "List") return (0,tree/* strings */.P$)(node["items"]);
  if (type === "String") return [(0,tree/* textOf */.b6)(node["sval"]) ?? ""];
  if (type === "TypeName") return (0,tree/* strings */.P$)(node["names"]);
  return [];
}

;// CONCATENATED MODULE: ./packages/sql/src/whole-statement.js
/** Walks a whole statement, as against a sub-select or an expression. Pure. */

                                        

                                        

/**
 * Adds SELECT, which as a sub-select has no tag (nor has one in a body that the statement sets off), and the casts that
 * the server makes unasked.
 */
function walkStatement(walker        , json                  )       {
  const [type, statement] = (0,tree/* only */.j6)(json);
  if (type === "SelectStmt") {
    if (walker.inside.depth === 0) walker.print.tag("SELECT");
  } else if (!type.endsWith("Stmt")) walker.print.opaque("the parse tree has no statement where one belongs");
  for (const { context, function: cast } of walker.space.catalogue.unnamedCasts ?? []) {
    const selects = type === "SelectStmt" && (context === "i" || statement["withClause"] !== undefined);
    if (ASSIGNS.has(type) || selects) {
      walker.called((0,src_names/* ownFunction */.rY)(walker.space.catalogue, cast.schema, cast.name));
    }
  }
  walker.any(json);
}

const ASSIGNS                      = new Set(["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "CallStmt"]);

;// CONCATENATED MODULE: ./packages/sql/src/behind.js
/**
 * What a statement sets off without naming it: the bodies of functions, triggers, foreign keys that cascade, rewrite
 * rules, defaults, CHECKs, row policies. Fills the statement's own footprint. Pure.
 */

                                               
                                                                       


                                                    






/** Bodies, tables and rules that one statement sets off. */
const BEHIND_MAX = 2_000;
/** Calls of one statement whose literals are followed into a body. */
const LITERAL_CALLS_MAX = 16;
/** Nesting of what one statement sets off: a trigger's function that writes a table with triggers … */
const BEHIND_DEPTH_MAX = 32;

/** Functions are called: what their bodies do happens. `args`: of a call that can be read. */
function runRoutines(walker        , routines                    , args                  = [])       {
  for (const routine of routines) {
    const body = bodyFor(walker, routine, args);
    const known = body === bodyOf(routine) ? "" : JSON.stringify(args);
    enter(walker, `routine ${routine.oid} ${JSON.stringify(walker.space.searchPath ?? null)} ${known}`, (inner) => {
      runBody(inner, body, pathOf(inner, routine));
      if (routine.settings.some((setting) => CHANGES_READING.test(setting))) {
        inner.print.opaque("a function reads its own text by other rules");
      }
      for (const oid of routine.calls) runByOid(inner, oid, "code");
    });
  }
}

/** What the call's literals make of a body, as long as `||` and format() are PostgreSQL's own. */
function bodyFor(walker        , routine         , args                 )              {
  const body = bodyOf(routine);
  const { space, inside } = walker;
  if (body.kind !== "unknown" || args.length === 0) return body;
  if (space.catalogue.operators("||").length > 0 || space.catalogue.functionSchemas("format").size > 0) return body;
  let tried = 0;
  while (inside.seen.has(`literals ${tried}`)) tried++;
  if (tried >= LITERAL_CALLS_MAX) return body;
  inside.seen.add(`literals ${tried}`);
  return bodyWith(routine, args);
}

/** Walks what a body contains, under its own search path. */
function runBody(walker        , body             , searchPath                               )       {
  switch (body.kind) {
    case "compiled":
      return;
    case "unknown":
      walker.print.opaque(body.reason);
      return;
    case "tree":
      runTree(walker, body.facts);
      return;
    case "statements": {
      const inner = new Walker(bodySpace(walker.space, searchPath), walker.print, walker.handlers, walker.inside);
      for (const statement of body.statements) runStatement(inner, statement);
      // It ends what the caller has begun, and what SET LOCAL said with it.
      if (body.endsTransaction) walker.print.opaqueFunction = true;
    }
  }
}

/** Rows of these relations are about to be looked at: policies, and what a view calls. */
function lookedAt(walker        , found       )       {
  for (const relation of withParts(found.relations)) {
    const { code } = walker.space.catalogue;
    const behind = code.behind(relation.oid);
    // Policies of two tables can look at each other.
    if (behind !== undefined) enter(walker, `looked ${relation.oid}`, (inner) => policies(inner, relation, behind));
    for (const called of relation.functions) {
      walker.print.call({ name: (0,src_names/* join */.fj)(called.schema, called.name) });
      runRoutines(walker, code.routines(called.schema, called.name));
    }
  }
}

/**
 * Rows of these relations change. `columns`: the ones that an UPDATE names; undefined: not known.
 */
function rowsChange(
  walker        ,
  found       ,
  events                       ,
  columns                      ,
)       {
  // An UPDATE can move a row from one partition to another: there it is a DELETE and an INSERT.
  const moves = events.has("UPDATE") && found.relations.some((relation) => relation.kind === "p");
  for (const relation of withParts(found.relations)) {
    change(walker, relation, events, columns);
    if (moves && !found.relations.includes(relation))
      change(walker, relation, new Set(["INSERT", "DELETE"]), undefined);
  }
}

/** TRUNCATE … CASCADE empties whatever refers to these relations. */
function truncateCascades(walker        , found       )       {
  const seen = new Set          ();
  const queue = [...found.relations];
  for (let next = queue.pop(); next !== undefined && seen.size < BEHIND_MAX; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (!found.relations.includes(next)) writes(walker, next);
    change(walker, next, new Set(["TRUNCATE"]), undefined);
    queue.push(...next.children);
    for (const key of walker.space.catalogue.code.behind(next.oid)?.foreignKeys ?? []) {
      const child = walker.space.catalogue.byOid(key.child);
      if (child === undefined) walker.print.writesComplete = false;
      else queue.push(child);
    }
  }
}

/** A definition runs: so do the event triggers whose bodies can be read (compiled ones a superuser has installed). */
function definitionRuns(walker        )       {
  const { code } = walker.space.catalogue;
  for (const oid of code.eventTriggers) {
    const routine = code.routine(oid);
    if (routine !== undefined && bodyOf(routine).kind !== "compiled") runByOid(walker, oid, "table");
  }
}

function change(
  walker        ,
  relation          ,
  events                       ,
  columns                                 ,
)       {
  const behind = walker.space.catalogue.code.behind(relation.oid);
  if (relation.rules && (behind === undefined || behind.rules.length === 0)) {
    walker.print.opaque("a rewrite rule replaces what this statement does");
  }
  if (behind === undefined) return;
  const key = `rows ${relation.oid} ${[...events].sort().join()} ${columns === undefined ? "" : [...columns].join()}`;
  enter(walker, key, (inner) => {
    enter(inner, `looked ${relation.oid}`, (looking) => policies(looking, relation, behind));
    if (events.has("INSERT") || events.has("UPDATE")) for (const oid of behind.onWrite) runByOid(inner, oid, "table");
    let fired = false;
    for (const trigger of behind.triggers) {
      if (![...trigger.events].some((event) => events.has(event))) continue;
      fired = true;
      runByOid(inner, trigger.function, "table");
    }
    for (const foreignKey of behind.foreignKeys) {
      if (events.has("DELETE") && !(foreignKey.copied && events.has("INSERT")))
        cascade(inner, foreignKey, foreignKey.onDelete, "DELETE");
      // A trigger may change columns that the statement does not name.
      if (events.has("UPDATE") && (fired || touchesKey(relation, foreignKey, columns))) {
        cascade(inner, foreignKey, foreignKey.onUpdate, "UPDATE");
      }
    }
    for (const rule of behind.rules) {
      if (!events.has(rule.event)) continue;
      for (const text of [rule.action, rule.condition]) {
        if (text === undefined) continue;
        const tree = (0,node_tree/* parseNodeTree */.ol)(text);
        if (tree === undefined) inner.print.opaque("a rewrite rule is too large to read");
        else runTree(inner, (0,node_tree/* treeFacts */.kt)(tree));
      }
    }
  });
}

function policies(walker        , relation          , behind        )       {
  for (const oid of behind.always) {
    // A view's functions are called by whoever reads it; a table's are its policies.
    runByOid(walker, oid, relation.kind === "v" || relation.kind === "m" ? "code" : "table");
  }
  for (const oid of behind.policyReads) reads(walker, oid);
}

function cascade(walker        , foreignKey            , action        , event          )       {
  const effect                       = action === "c" ? event : action === "n" || action === "d" ? "UPDATE" : undefined;
  if (effect === undefined) return;
  const child = walker.space.catalogue.byOid(foreignKey.child);
  if (child === undefined) {
    walker.print.writesComplete = false;
    return;
  }
  walker.print.tag(effect);
  writes(walker, child);
  for (const relation of withParts([child])) change(walker, relation, new Set([effect]), undefined);
}

function touchesKey(relation          , foreignKey            , columns                                 )          {
  if (columns === undefined) return true;
  const names = new Map([...relation.columns.values()].map((column) => [column.attnum, column.name]));
  return foreignKey.key.some((attnum) => columns.has(names.get(attnum) ?? "") || !names.has(attnum));
}

/** The queries of a node tree: their relations and functions by oid. */
function runTree(walker        , facts           )       {
  const { catalogue } = walker.space;
  for (const oid of facts.reads) reads(walker, oid);
  for (const oid of facts.functions) runByOid(walker, oid, "code");
  for (const type of facts.utilities) {
    if (type === "NOTIFYSTMT") walker.print.tag("NOTIFY");
    else walker.print.opaque("a body has a statement that gate does not read");
    walker.print.mayWrite = true;
  }
  for (const write of facts.writes) {
    walker.print.tag(write.command);
    if (write.upsert) walker.print.tag("UPDATE");
    if (write.command !== "INSERT") walker.print.condition(write.conditional ? "present" : "none");
    const relation = catalogue.byOid(write.relation);
    if (relation === undefined) {
      walker.print.writesComplete = false;
      walker.print.mayWrite = true;
      continue;
    }
    writes(walker, relation);
    const events                      =
      write.command === "MERGE"
        ? ["INSERT", "UPDATE", "DELETE"]
        : write.upsert
          ? ["INSERT", "UPDATE"]
          : [write.command];
    for (const each of withParts([relation, ...relation.bases])) change(walker, each, new Set(events), undefined);
  }
}

function runStatement(walker        , statement            )       {
  const [type, node] = (0,tree/* only */.j6)(statement);
  if (type === "VariableSetStmt" && changesMeaning(node)) {
    walker.print.opaque("a function's body changes settings that decide what names and texts mean");
  }
  if (type === "ReturnStmt") walker.any(node["returnval"]);
  else walker.statement(statement, new Set(), () => walkStatement(walker, statement));
}

/**
 * A function of the database that nobody names. "table": it belongs to a table's definition, where PostgreSQL's own
 * count only for what they do beyond the row; "code": it stands in a body.
 */
function runByOid(walker        , oid        , where                  )       {
  const { code } = walker.space.catalogue;
  const routine = code.routine(oid);
  if (routine !== undefined) {
    const item = { name: (0,src_names/* join */.fj)(routine.schema, routine.name) };
    walker.print.call(bodyOf(routine).kind === "compiled" ? item : { ...item, labels: function_labels/* SAFE_LABEL */.x });
    runRoutines(walker, [routine]);
    return;
  }
  const name = code.builtinName(oid);
  if (name === undefined) {
    // Dropped since, or created since: only a fresh catalogue knows it.
    if (oid >= FIRST_USER_OID) {
      walker.print.functionsComplete = false;
      walker.print.mayWrite = true;
    }
    return;
  }
  const item = (0,src_names/* describeFunction */.sv)("pg_catalog", name, new Set());
  const labels = item.labels ?? [];
  if (labels.includes("@dynamic_sql")) walker.unknownCode();
  if (where === "table" && (labels.length === 0 || labels.includes("@sequence"))) return;
  if (where === "code" && labels.length === 0) return;
  walker.print.call(item);
}

function reads(walker        , oid        )       {
  const relation = walker.space.catalogue.byOid(oid);
  if (relation === undefined) {
    walker.print.readsComplete = false;
    return;
  }
  const found        = { items: [], relations: [relation], complete: true, sensitive: false };
  walker.print.saw(relation, walker.print.reads);
  lookedAt(walker, found);
}

function writes(walker        , relation          )       {
  walker.print.saw(relation, walker.print.writes);
  walker.print.mayWrite = true;
}

/** A relation, and those whose rows are its rows: partitions, children by inheritance, what a view is made of. */
function withParts(relations                     )                      {
  const all = new Set          ();
  const queue = [...relations];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (all.has(next)) continue;
    all.add(next);
    queue.push(...next.children, ...next.bases);
  }
  return [...all];
}

/** Runs `body` once for each key of a statement, with one walker more inside. */
function enter(walker        , key        , body                         )       {
  const { seen, depth, run } = walker.inside;
  if (seen.has(key)) return;
  seen.add(key);
  if (seen.size > BEHIND_MAX || depth >= BEHIND_DEPTH_MAX) {
    walker.print.opaque("the statement sets off more than gate follows");
    return;
  }
  body(new Walker(walker.space, walker.print, walker.handlers, { seen, depth: depth + 1, run }));
}

/** Relations are looked up by the path of the function; names that only the caller's session knows are not known. */
function bodySpace(space       , searchPath                               )        {
  return {
    catalogue: space.catalogue,
    searchPath,
    temporary: space.temporary,
    prepared: () => undefined,
    cursor: () => undefined,
    stale: space.stale,
    isStale: (name, relations) => space.isStale(name, relations),
    isHidden: (name) => space.isHidden(name),
    work: space.work,
  };
}

function pathOf(walker        , routine         )                                {
  const setting = routine.settings.find((each) => /^search_path=/i.test(each));
  if (setting !== undefined) {
    const path = (0,search_path/* parseSearchPath */.L)(setting.slice(setting.indexOf("=") + 1));
    return path?.includes("$user") === true ? undefined : path;
  }
  // "$user" on the path is the owner then.
  return routine.otherOwner ? undefined : walker.space.searchPath;
}

const CHANGES_READING = /^(?:standard_conforming_strings|backslash_quote|transform_null_equals|client_encoding)=/i;
const FIRST_USER_OID = 16384;

// EXTERNAL MODULE: ./packages/sql/src/lineage/functions.js
var functions = __webpack_require__(5614);
;// CONCATENATED MODULE: ./packages/sql/src/tags.js
/**
 * Command tags, as PostgreSQL names them (src/include/tcop/cmdtaglist.h and CreateCommandTag in tcop/utility.c),
 * from the types of parse-tree nodes. Pure.
 *
 * Where gate differs, CONTRACT §3 says so: COPY FILE, COPY PROGRAM, SET <name>, SELECT INTO.
 */
                                              


/** Tags of statements whose node type alone names them. */
const PLAIN                              = new Map(
  Object.entries({
    InsertStmt: "INSERT",
    UpdateStmt: "UPDATE",
    DeleteStmt: "DELETE",
    MergeStmt: "MERGE",
    TruncateStmt: "TRUNCATE TABLE",
    CreateSchemaStmt: "CREATE SCHEMA",
    CreateStmt: "CREATE TABLE",
    CreateForeignTableStmt: "CREATE FOREIGN TABLE",
    CreateTableSpaceStmt: "CREATE TABLESPACE",
    DropTableSpaceStmt: "DROP TABLESPACE",
    AlterTableSpaceOptionsStmt: "ALTER TABLESPACE",
    CreateExtensionStmt: "CREATE EXTENSION",
    AlterExtensionStmt: "ALTER EXTENSION",
    AlterExtensionContentsStmt: "ALTER EXTENSION",
    CreateFdwStmt: "CREATE FOREIGN DATA WRAPPER",
    AlterFdwStmt: "ALTER FOREIGN DATA WRAPPER",
    CreateForeignServerStmt: "CREATE SERVER",
    AlterForeignServerStmt: "ALTER SERVER",
    CreateUserMappingStmt: "CREATE USER MAPPING",
    AlterUserMappingStmt: "ALTER USER MAPPING",
    DropUserMappingStmt: "DROP USER MAPPING",
    ImportForeignSchemaStmt: "IMPORT FOREIGN SCHEMA",
    CreatePolicyStmt: "CREATE POLICY",
    AlterPolicyStmt: "ALTER POLICY",
    CreateAmStmt: "CREATE ACCESS METHOD",
    CreateTrigStmt: "CREATE TRIGGER",
    CreateEventTrigStmt: "CREATE EVENT TRIGGER",
    AlterEventTrigStmt: "ALTER EVENT TRIGGER",
    CreatePLangStmt: "CREATE LANGUAGE",
    CreateRoleStmt: "CREATE ROLE",
    AlterRoleStmt: "ALTER ROLE",
    AlterRoleSetStmt: "ALTER ROLE",
    DropRoleStmt: "DROP ROLE",
    CreateSeqStmt: "CREATE SEQUENCE",
    AlterSeqStmt: "ALTER SEQUENCE",
    CreateDomainStmt: "CREATE DOMAIN",
    AlterDomainStmt: "ALTER DOMAIN",
    CreateOpClassStmt: "CREATE OPERATOR CLASS",
    CreateOpFamilyStmt: "CREATE OPERATOR FAMILY",
    AlterOpFamilyStmt: "ALTER OPERATOR FAMILY",
    IndexStmt: "CREATE INDEX",
    CreateStatsStmt: "CREATE STATISTICS",
    AlterStatsStmt: "ALTER STATISTICS",
    DoStmt: "DO",
    CallStmt: "CALL",
    AlterOperatorStmt: "ALTER OPERATOR",
    AlterTypeStmt: "ALTER TYPE",
    RuleStmt: "CREATE RULE",
    NotifyStmt: "NOTIFY",
    ListenStmt: "LISTEN",
    UnlistenStmt: "UNLISTEN",
    CompositeTypeStmt: "CREATE TYPE",
    CreateEnumStmt: "CREATE TYPE",
    CreateRangeStmt: "CREATE TYPE",
    AlterEnumStmt: "ALTER TYPE",
    ViewStmt: "CREATE VIEW",
    LoadStmt: "LOAD",
    CreatedbStmt: "CREATE DATABASE",
    AlterDatabaseStmt: "ALTER DATABASE",
    AlterDatabaseRefreshCollStmt: "ALTER DATABASE",
    AlterDatabaseSetStmt: "ALTER DATABASE",
    DropdbStmt: "DROP DATABASE",
    AlterSystemStmt: "ALTER SYSTEM",
    ClusterStmt: "CLUSTER",
    ExplainStmt: "EXPLAIN",
    RefreshMatViewStmt: "REFRESH MATERIALIZED VIEW",
    CheckPointStmt: "CHECKPOINT",
    LockStmt: "LOCK TABLE",
    ConstraintsSetStmt: "SET CONSTRAINTS",
    ReindexStmt: "REINDEX",
    CreateConversionStmt: "CREATE CONVERSION",
    CreateCastStmt: "CREATE CAST",
    CreateTransformStmt: "CREATE TRANSFORM",
    PrepareStmt: "PREPARE",
    ExecuteStmt: "EXECUTE",
    DeclareCursorStmt: "DECLARE CURSOR",
    VariableShowStmt: "SHOW",
    DropOwnedStmt: "DROP OWNED",
    ReassignOwnedStmt: "REASSIGN OWNED",
    AlterTSDictionaryStmt: "ALTER TEXT SEARCH DICTIONARY",
    AlterTSConfigurationStmt: "ALTER TEXT SEARCH CONFIGURATION",
    CreatePublicationStmt: "CREATE PUBLICATION",
    AlterPublicationStmt: "ALTER PUBLICATION",
    CreateSubscriptionStmt: "CREATE SUBSCRIPTION",
    AlterSubscriptionStmt: "ALTER SUBSCRIPTION",
    DropSubscriptionStmt: "DROP SUBSCRIPTION",
    AlterDefaultPrivilegesStmt: "ALTER DEFAULT PRIVILEGES",
    AlterCollationStmt: "ALTER COLLATION",
    CommentStmt: "COMMENT",
    SecLabelStmt: "SECURITY LABEL",
  }),
);

/** Words that an ObjectType stands for in `DROP x`, `ALTER x`, `CREATE x`. */
const OBJECTS                              = new Map(
  Object.entries({
    OBJECT_ACCESS_METHOD: "ACCESS METHOD",
    OBJECT_AGGREGATE: "AGGREGATE",
    OBJECT_ATTRIBUTE: "TYPE",
    OBJECT_CAST: "CAST",
    OBJECT_COLLATION: "COLLATION",
    OBJECT_COLUMN: "TABLE",
    OBJECT_CONVERSION: "CONVERSION",
    OBJECT_DATABASE: "DATABASE",
    OBJECT_DOMAIN: "DOMAIN",
    OBJECT_DOMCONSTRAINT: "DOMAIN",
    OBJECT_EVENT_TRIGGER: "EVENT TRIGGER",
    OBJECT_EXTENSION: "EXTENSION",
    OBJECT_FDW: "FOREIGN DATA WRAPPER",
    OBJECT_FOREIGN_SERVER: "SERVER",
    OBJECT_FOREIGN_TABLE: "FOREIGN TABLE",
    OBJECT_FUNCTION: "FUNCTION",
    OBJECT_INDEX: "INDEX",
    OBJECT_LANGUAGE: "LANGUAGE",
    OBJECT_LARGEOBJECT: "LARGE OBJECT",
    OBJECT_MATVIEW: "MATERIALIZED VIEW",
    OBJECT_OPCLASS: "OPERATOR CLASS",
    OBJECT_OPERATOR: "OPERATOR",
    OBJECT_OPFAMILY: "OPERATOR FAMILY",
    OBJECT_POLICY: "POLICY",
    OBJECT_PROCEDURE: "PROCEDURE",
    OBJECT_PUBLICATION: "PUBLICATION",
    OBJECT_ROLE: "ROLE",
    OBJECT_ROUTINE: "ROUTINE",
    OBJECT_RULE: "RULE",
    OBJECT_SCHEMA: "SCHEMA",
    OBJECT_SEQUENCE: "SEQUENCE",
    OBJECT_STATISTIC_EXT: "STATISTICS",
    OBJECT_SUBSCRIPTION: "SUBSCRIPTION",
    OBJECT_TABCONSTRAINT: "TABLE",
    OBJECT_TABLE: "TABLE",
    OBJECT_TABLESPACE: "TABLESPACE",
    OBJECT_TRANSFORM: "TRANSFORM",
    OBJECT_TRIGGER: "TRIGGER",
    OBJECT_TSCONFIGURATION: "TEXT SEARCH CONFIGURATION",
    OBJECT_TSDICTIONARY: "TEXT SEARCH DICTIONARY",
    OBJECT_TSPARSER: "TEXT SEARCH PARSER",
    OBJECT_TSTEMPLATE: "TEXT SEARCH TEMPLATE",
    OBJECT_TYPE: "TYPE",
    OBJECT_VIEW: "VIEW",
  }),
);

const tags_TRANSACTIONS                              = new Map(
  Object.entries({
    TRANS_STMT_BEGIN: "BEGIN",
    TRANS_STMT_START: "START TRANSACTION",
    TRANS_STMT_COMMIT: "COMMIT",
    TRANS_STMT_ROLLBACK: "ROLLBACK",
    TRANS_STMT_SAVEPOINT: "SAVEPOINT",
    TRANS_STMT_RELEASE: "RELEASE",
    TRANS_STMT_ROLLBACK_TO: "ROLLBACK",
    TRANS_STMT_PREPARE: "PREPARE TRANSACTION",
    TRANS_STMT_COMMIT_PREPARED: "COMMIT PREPARED",
    TRANS_STMT_ROLLBACK_PREPARED: "ROLLBACK PREPARED",
  }),
);

/**
 * The tag of a statement node, or undefined for a statement that this table does not know. SELECT, COPY and SET are
 * named by the classifier itself: their tag depends on more than the node.
 */
function tagOf(type        , node            )                     {
  const plain = PLAIN.get(type);
  if (plain !== undefined) return plain;
  switch (type) {
    case "DropStmt":
      return worded("DROP", node["removeType"]);
    case "AlterTableStmt":
      return worded("ALTER", node["objtype"]);
    case "RenameStmt":
      return worded(
        "ALTER",
        // A column belongs to a table, a view or a foreign table: relationType says which.
        node["renameType"] === "OBJECT_COLUMN" ? node["relationType"] : node["renameType"],
      );
    case "AlterObjectSchemaStmt":
    case "AlterOwnerStmt":
    case "AlterObjectDependsStmt":
      return worded("ALTER", node["objectType"]);
    case "AlterTableMoveAllStmt":
    case "AlterFunctionStmt":
      return worded("ALTER", node["objtype"]);
    case "DefineStmt":
      return worded("CREATE", node["kind"]);
    case "CreateFunctionStmt":
      return node["is_procedure"] === true ? "CREATE PROCEDURE" : "CREATE FUNCTION";
    case "GrantStmt":
      return node["is_grant"] === true ? "GRANT" : "REVOKE";
    case "GrantRoleStmt":
      return node["is_grant"] === true ? "GRANT ROLE" : "REVOKE ROLE";
    case "CreateTableAsStmt":
      if (node["is_select_into"] === true) return "SELECT INTO";
      return node["objtype"] === "OBJECT_MATVIEW" ? "CREATE MATERIALIZED VIEW" : "CREATE TABLE AS";
    case "VacuumStmt":
      return node["is_vacuumcmd"] === true ? "VACUUM" : "ANALYZE";
    case "TransactionStmt":
      return tags_TRANSACTIONS.get((0,tree/* word */.Vm)(node["kind"]));
    case "FetchStmt":
      return node["ismove"] === true ? "MOVE" : "FETCH";
    case "ClosePortalStmt":
      return node["portalname"] === undefined ? "CLOSE CURSOR ALL" : "CLOSE CURSOR";
    case "DeallocateStmt":
      return node["isall"] === true || node["name"] === undefined ? "DEALLOCATE ALL" : "DEALLOCATE";
    case "DiscardStmt":
      return DISCARDS.get((0,tree/* word */.Vm)(node["target"]));
    default:
      return undefined;
  }
}

function worded(verb        , objectType         )                     {
  const words = OBJECTS.get(typeof objectType === "string" ? objectType : "");
  return words === undefined ? undefined : `${verb} ${words}`;
}

const DISCARDS                              = new Map(
  Object.entries({
    DISCARD_ALL: "DISCARD ALL",
    DISCARD_PLANS: "DISCARD PLANS",
    DISCARD_SEQUENCES: "DISCARD SEQUENCES",
    DISCARD_TEMP: "DISCARD TEMP",
  }),
);

;// CONCATENATED MODULE: ./packages/sql/src/targets.js
/** What statements are called and which relations they are about: shared by the statement handlers. Pure. */

                                          


                                                    


                                        
                                         

/** Adds the statement's own tag. */
function tag(walker        , type        , node            )       {
  const name = tagOf(type, node);
  if (name === undefined) walker.print.opaque(`gate has no command tag for ${type}`);
  else walker.print.tag(name);
  // CONTRACT §3 writes TRUNCATE, PostgreSQL's tag is TRUNCATE TABLE: a rule against either must see it.
  if (name === "TRUNCATE TABLE") walker.print.tag("TRUNCATE");
}

/** Adds the tag of a definition, and whether its relation names are all that it changes. */
function targets_define(walker        , type        , node            )       {
  tag(walker, type, node);
  walker.print.mayWrite = true;
  walker.print.defines ||= !NO_NEW_MEANING.has(type);
  definitionRuns(walker);
  if (!COMPLETE_DEFINITIONS.has(type) || node["behavior"] === "DROP_CASCADE") walker.print.writesComplete = false;
  // ALTER SCHEMA, FUNCTION, TYPE, DATABASE …: what changes is no relation.
  if (OF_ANY_OBJECT.has(type) && node["relation"] === undefined) walker.print.writesComplete = false;
}

/** Something has this name from now on; whatever is a relation or a type can be named as a type. */
function newName(walker        , name                    )       {
  if (functions/* TEXT_TYPES */.AL.has(name ?? "")) walker.print.namesTextType = true;
}

/** A relation that comes into being. */
function created(walker        , json                  )       {
  const relation = (0,tree/* asObject */.eB)(json);
  const name = (0,tree/* textOf */.b6)(relation["relname"]) ?? "";
  newName(walker, name);
  const schema = relation["relpersistence"] === "t" ? "pg_temp" : (0,tree/* textOf */.b6)(relation["schemaname"]);
  const item = (0,src_names/* createdName */.UJ)(walker.space, schema, name);
  walker.print.mayWrite = true;
  walker.print.defines = true;
  if (item === undefined) {
    walker.print.writes.set(`?.${name}`, { name: `?.${name}` });
    walker.print.writesComplete = false;
  } else walker.print.writes.set(item.name, item);
}

/** The relation whose rows change, and how; never a name of WITH. `columns`: those that an UPDATE names. */
function written(
  walker        ,
  json                  ,
  events                     ,
  columns                      ,
)        {
  const relation = (0,tree/* asObject */.eB)(json);
  const schema = (0,tree/* textOf */.b6)(relation["schemaname"]);
  const alone = relation["inh"] !== true || events.every((event) => event === "INSERT");
  const found = walker.print.write(walker.space, schema, (0,tree/* textOf */.b6)(relation["relname"]) ?? "", "rows", alone);
  if (isStale(walker, relation, found)) walker.print.writesComplete = false;
  if (walker.space.isHidden((0,tree/* textOf */.b6)(relation["relname"]) ?? "")) walker.unknownCode();
  rowsChange(walker, found, new Set(events), columns);
  return found;
}

/** The target's rows are looked at as well. */
function readTarget(walker        , json                  , found       )       {
  const relation = (0,tree/* asObject */.eB)(json);
  const schema = (0,tree/* textOf */.b6)(relation["schemaname"]);
  walker.print.read(walker.space, schema, (0,tree/* textOf */.b6)(relation["relname"]) ?? "", relation["inh"] !== true);
  lookedAt(walker, found);
  if (isStale(walker, relation, found) || !found.complete) walker.print.readsComplete = false;
}

function isStale(walker        , relation            , found       )          {
  return walker.space.isStale((0,tree/* textOf */.b6)(relation["relname"]) ?? "", found.relations);
}

/** The target as conditions see it. */
function targetOf(walker        , json                  , found       )         {
  const relation = (0,tree/* asObject */.eB)(json);
  const alias = (0,tree/* textOf */.b6)((0,tree/* asObject */.eB)(relation["alias"])["aliasname"]);
  const certain =
    found.complete && found.items.length >= 1 && found.relations.length === 1 && !isStale(walker, relation, found);
  const temporary = found.items.some((item) => item.name.startsWith("pg_temp."));
  return {
    relation: certain && !temporary ? found.relations[0] : undefined,
    qualifier: alias ?? (0,tree/* textOf */.b6)(relation["relname"]) ?? "",
    schema: alias === undefined ? (0,tree/* textOf */.b6)(relation["schemaname"]) : undefined,
    only: relation["inh"] !== true,
    ownEquality: (0,src_names/* findOperators */.zK)(walker.space, undefined, "=").length > 0,
    inexact: walker.inexact,
  };
}

/** An object named by a list of names is changed. */
function writeNames(walker        , names                   )       {
  const name = names.at(-1);
  if (name === undefined) walker.print.writesComplete = false;
  else walker.print.write(walker.space, names.length > 1 ? names.at(-2) : undefined, name, "definition");
}

/** They change rows, files or words about objects, but not what a name means. */
const NO_NEW_MEANING                      = new Set([
  "TruncateStmt",
  "LockStmt",
  "VacuumStmt",
  "ClusterStmt",
  "ReindexStmt",
  "RefreshMatViewStmt",
  "CommentStmt",
  "SecLabelStmt",
]);

const OF_ANY_OBJECT                      = new Set(["RenameStmt", "AlterObjectSchemaStmt", "AlterOwnerStmt"]);

/** Definitions whose relation names are all there is to change; of others, `writes` is not complete. */
const COMPLETE_DEFINITIONS                      = new Set([
  "CreateStmt",
  "CreateForeignTableStmt",
  "CreateSeqStmt",
  "AlterSeqStmt",
  "IndexStmt",
  "ViewStmt",
  "CreateTableAsStmt",
  "CreateTrigStmt",
  "CreatePolicyStmt",
  "AlterPolicyStmt",
  "CreateStatsStmt",
  "TruncateStmt",
  "LockStmt",
  "AlterTableStmt",
  "RenameStmt",
  "AlterObjectSchemaStmt",
  "AlterOwnerStmt",
  "RefreshMatViewStmt",
  "DropStmt",
  "CommentStmt",
  "GrantStmt",
  "CreateEnumStmt",
  "CompositeTypeStmt",
  "CreateDomainStmt",
]);

;// CONCATENATED MODULE: ./packages/sql/src/code-statements.js
/** Statements that bring code with them: DO, CALL, CREATE FUNCTION and CREATE PROCEDURE. Pure. */


                                                    






const CODE_STATEMENTS                                          = [
  ["DoStmt", runsBlock],
  ["CallStmt", callsProcedure],
  ["CreateFunctionStmt", createsFunction],
];

/** DO: its block runs now. */
function runsBlock(walker        , node            )       {
  tag(walker, "DoStmt", node);
  walker.print.mayWrite = true;
  const { language, source } = doBody(node);
  if (language === "plpgsql") runBody(within(walker), readPlpgsql("DO", source), walker.space.searchPath);
  else walker.print.opaque("DO runs a body in a language that gate does not read");
}

function callsProcedure(walker        , node            )       {
  tag(walker, "CallStmt", node);
  walker.print.mayWrite = true;
  const called = (0,tree/* asObject */.eB)(node["funccall"]);
  walker.call((0,tree/* strings */.P$)(called["funcname"]));
  walker.as("read", () => walker.children("FuncCall", called, ["funcname"]));
  walker.as("read", () => walker.any(node["outargs"]));
}

/**
 * A new function. Its body does not run now, but nobody may be led to allow a body unseen: what it will do counts as if
 * it were done.
 */
function createsFunction(walker        , node            )       {
  targets_define(walker, "CreateFunctionStmt", node);
  walker.as("define", () => walker.children("CreateFunctionStmt", node, ["sql_body", "options"]));
  const options = new Map(
    (0,tree/* list */.p_)(node["options"]).map((each) => {
      const option = (0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(each)["DefElem"]);
      return [(0,tree/* textOf */.b6)(option["defname"]) ?? "", option["arg"]]         ;
    }),
  );
  const set = (0,tree/* list */.p_)(node["options"])
    .map((each) => (0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(each)["DefElem"]))
    .filter((option) => option["defname"] === "set")
    .map((option) => (0,tree/* only */.j6)(option["arg"])[1]);
  let path = walker.space.searchPath;
  for (const each of set) {
    if ((0,tree/* textOf */.b6)(each["name"])?.toLowerCase() !== "search_path") continue;
    const values = (0,tree/* list */.p_)(each["args"]).map((arg) =>
      (0,tree/* textOf */.b6)((0,tree/* asObject */.eB)((0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(arg)["A_Const"])["sval"])["sval"]),
    );
    path = (0,search_path/* parseSearchPath */.L)(values.map((value) => `"${(value ?? "$user").replaceAll('"', '""')}"`).join(", "));
    if (path?.includes("$user") === true) path = undefined;
  }
  if (node["sql_body"] !== undefined) {
    runBody(within(walker), standardBody(node["sql_body"]), path);
    return;
  }
  const language = ((0,tree/* textOf */.b6)((0,tree/* only */.j6)(options.get("language"))[1]["sval"]) ?? "sql").toLowerCase();
  const [source = "", symbol] = (0,tree/* list */.p_)((0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(options.get("as"))["List"])["items"]).map(
    (item) => (0,tree/* textOf */.b6)((0,tree/* only */.j6)(item)[1]["sval"]) ?? "",
  );
  if (language === "internal") walker.print.functionsComplete = false;
  else if (language === "sql" && symbol === undefined) runBody(within(walker), readSqlBody(source), path);
  else if (language === "plpgsql" && symbol === undefined) {
    runBody(within(walker), readPlpgsql(signature(node), source), path);
  } else walker.print.opaque("a function's body is in a language that gate does not read");
}

/** BEGIN ATOMIC: a list of statements in a list; RETURN: one of them. */
function standardBody(json      )              {
  const statements               = [];
  const collect = (each      )       => {
    const [type, inner] = (0,tree/* only */.j6)(each);
    if (Array.isArray(each)) for (const item of each                   ) collect(item);
    else if (type === "List") collect(inner["items"] ?? []);
    else if (type !== "") statements.push((0,tree/* asObject */.eB)(each));
  };
  collect(json);
  return { kind: "statements", statements, endsTransaction: false };
}

/** The head of a function with arguments of the same names; their types matter only where they are rows. */
function signature(node            )         {
  const what = node["is_procedure"] === true ? "PROCEDURE" : "FUNCTION";
  const inputs           = [];
  const columns           = [];
  for (const each of (0,tree/* list */.p_)(node["parameters"])) {
    const parameter = (0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(each)["FunctionParameter"]);
    const mode = MODE_WORDS.get((0,tree/* word */.Vm)(parameter["mode"])) ?? "";
    const name = (0,tree/* textOf */.b6)(parameter["name"]);
    const type = typeText((0,tree/* asObject */.eB)(parameter["argType"]));
    const declared = `${name === undefined ? "" : `"${name.replaceAll('"', '""')}" `}${type}`;
    if (mode === "TABLE") columns.push(declared);
    else inputs.push(`${mode} ${declared}`);
  }
  const returned = node["returnType"];
  let returns = "";
  if (columns.length > 0) returns = ` RETURNS TABLE (${columns.join(", ")})`;
  else if (returned !== undefined) {
    const set = (0,tree/* asObject */.eB)(returned)["setof"] === true ? "SETOF " : "";
    returns = ` RETURNS ${set}${typeText((0,tree/* asObject */.eB)(returned))}`;
  }
  return `CREATE ${what} gate_body(${inputs.join(", ")})${returns} LANGUAGE plpgsql AS`;
}

function typeText(type            )         {
  // What a column's type is would have to be looked up; the parser only asks whether it is a row.
  if (type["pct_type"] === true) return "text";
  const names = (0,tree/* strings */.P$)(type["names"]).map((name) => `"${name.replaceAll('"', '""')}"`);
  return names.join(".") + ((0,tree/* list */.p_)(type["arrayBounds"]).length > 0 ? "[]" : "");
}

/** The walker of what a statement contains, as against the statement. */
function within(walker        )         {
  const { seen, depth, run } = walker.inside;
  return new Walker(walker.space, walker.print, walker.handlers, { seen, depth: depth + 1, run });
}

const MODE_WORDS                              = new Map([
  ["FUNC_PARAM_IN", "IN"],
  ["FUNC_PARAM_OUT", "OUT"],
  ["FUNC_PARAM_INOUT", "INOUT"],
  ["FUNC_PARAM_VARIADIC", "VARIADIC"],
  ["FUNC_PARAM_TABLE", "TABLE"],
]);

;// CONCATENATED MODULE: ./packages/sql/src/definitions.js
/** Statements that define, change or drop objects, and those whose effects lie in code that gate does not read. Pure. */



                                              





/** Statements whose effects lie in code that gate does not read, on this server or another. */
const OPAQUE                              = new Map([
  ["CreateExtensionStmt", "an extension's script is not read"],
  ["AlterExtensionStmt", "an extension's script is not read"],
  ["LoadStmt", "LOAD runs a library"],
  ["CreatePLangStmt", "CREATE LANGUAGE names code that gate does not read"],
  ["AlterSystemStmt", "ALTER SYSTEM changes how the whole server reads and runs SQL"],
]);

/** Definitions that name functions in places of their own: which ones is not worked out, only that there are some. */
const NAMES_CODE                    = [
  "CreateTransformStmt",
  "CreateConversionStmt",
  "CreateOpClassStmt",
  "AlterOpFamilyStmt",
  "AlterOperatorStmt",
  "CreateAmStmt",
  "CreateFdwStmt",
  "AlterFdwStmt",
  "CreateRangeStmt",
  "AlterTypeStmt",
  "AlterFunctionStmt",
];

const SPECIAL                                          = [
  ...CODE_STATEMENTS,
  ["DefineStmt", definesByParts],
  ...NAMES_CODE.map((type)                    => [
    type,
    (walker, node) => {
      targets_define(walker, type, node);
      walker.print.functionsComplete = false;
      if (type === "CreateRangeStmt") newRange(walker, node);
      walker.as("define", () => walker.children(type, node));
    },
  ]),
  [
    "CreateCastStmt",
    (walker, node) => {
      targets_define(walker, "CreateCastStmt", node);
      const called = (0,tree/* strings */.P$)((0,tree/* asObject */.eB)(node["func"])["objname"]);
      if (called.length > 0) walker.call(called);
      walker.as("define", () => walker.children("CreateCastStmt", node, ["func"]));
    },
  ],
  [
    "CreateEventTrigStmt",
    (walker, node) => {
      targets_define(walker, "CreateEventTrigStmt", node);
      walker.call((0,tree/* strings */.P$)(node["funcname"]));
    },
  ],
  ["AlterEventTrigStmt", (walker, node) => targets_define(walker, "AlterEventTrigStmt", node)],
  [
    "RuleStmt",
    (walker, node) => {
      // What it will do from now on: its actions count as if they were done.
      targets_define(walker, "RuleStmt", node);
      walker.as("define", () => walker.node("RangeVar", (0,tree/* asObject */.eB)(node["relation"])));
      walker.as("read", () => {
        walker.any(node["whereClause"]);
        for (const action of (0,tree/* list */.p_)(node["actions"])) walkStatement(walker, action);
      });
    },
  ],
  [
    "TruncateStmt",
    (walker, node) => {
      targets_define(walker, "TruncateStmt", node);
      // What refers to the tables is in the catalogue: nothing else is emptied.
      if (node["behavior"] === "DROP_CASCADE") walker.print.writesComplete = true;
      walker.as("truncate", () => walker.children("TruncateStmt", node));
      if (node["behavior"] !== "DROP_CASCADE") return;
      for (const each of (0,tree/* list */.p_)(node["relations"])) {
        const relation = (0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(each)["RangeVar"]);
        const { space } = walker;
        const name = (0,tree/* textOf */.b6)(relation["relname"]) ?? "";
        const found = (0,src_names/* findRelation */.Ik)(space, (0,tree/* textOf */.b6)(relation["schemaname"]), name);
        if (!found.complete || space.isStale(name, found.relations)) walker.print.writesComplete = false;
        truncateCascades(walker, found);
      }
    },
  ],
  [
    "AlterTableStmt",
    (walker, node) => {
      targets_define(walker, "AlterTableStmt", node);
      // Only a foreign table has options, also where the statement says TABLE.
      if (FOREIGN_OPTIONS.test(JSON.stringify(node))) walker.print.tag("ALTER FOREIGN TABLE");
      walker.as("alter", () => walker.children("AlterTableStmt", node));
    },
  ],
  ["CreateStmt", createsRelation("CreateStmt", "relation")],
  ["CreateSeqStmt", createsRelation("CreateSeqStmt", "sequence")],
  ["ViewStmt", createsRelation("ViewStmt", "view")],
  ["CompositeTypeStmt", createsRelation("CompositeTypeStmt", "typevar")],
  ["CreateEnumStmt", createsType("CreateEnumStmt", "typeName")],
  ["CreateDomainStmt", createsType("CreateDomainStmt", "domainname")],
  [
    "CreateForeignTableStmt",
    (walker, node) => {
      const base = (0,tree/* asObject */.eB)(node["base"]);
      targets_define(walker, "CreateForeignTableStmt", node);
      created(walker, base["relation"]);
      walker.as("define", () => {
        walker.children("CreateStmt", base, ["relation"]);
        walker.children("CreateForeignTableStmt", node, ["base"]);
      });
    },
  ],
  [
    "CreateSchemaStmt",
    (walker, node) => {
      targets_define(walker, "CreateSchemaStmt", node);
      // Its elements are created in the new schema, wherever the search path points.
      if (node["schemaElts"] !== undefined) walker.print.writesComplete = false;
      walker.as("define", () => walker.children("CreateSchemaStmt", node));
    },
  ],
  ["TableLikeClause", (walker, node) => walker.as("read", () => walker.children("TableLikeClause", node))],
  [
    "CreateTrigStmt",
    (walker, node) => {
      targets_define(walker, "CreateTrigStmt", node);
      walker.call((0,tree/* strings */.P$)(node["funcname"]));
      walker.as("define", () => walker.children("CreateTrigStmt", node, ["funcname", "args"]));
    },
  ],
  [
    "DropStmt",
    (walker, node) => {
      targets_define(walker, "DropStmt", node);
      const kind = (0,tree/* word */.Vm)(node["removeType"]);
      for (const object of (0,tree/* list */.p_)(node["objects"])) {
        const names = objectName(object);
        if (RELATION_KINDS.has(kind)) writeNames(walker, names);
        else if (ON_RELATION.has(kind)) writeNames(walker, names.slice(0, -1));
        else walker.print.writesComplete = false;
      }
    },
  ],
  [
    "CommentStmt",
    (walker, node) => {
      targets_define(walker, "CommentStmt", node);
      const kind = (0,tree/* word */.Vm)(node["objtype"]);
      const names = objectName(node["object"]);
      if (RELATION_KINDS.has(kind)) writeNames(walker, names);
      else if (ON_RELATION.has(kind)) writeNames(walker, names.slice(0, -1));
    },
  ],
  [
    "GrantStmt",
    (walker, node) => {
      targets_define(walker, "GrantStmt", node);
      if (node["targtype"] !== "ACL_TARGET_OBJECT" || node["objtype"] !== "OBJECT_TABLE") {
        walker.print.writesComplete = false;
      }
      walker.as("define", () => walker.children("GrantStmt", node));
    },
  ],
  [
    "VacuumStmt",
    (walker, node) => {
      targets_define(walker, "VacuumStmt", node);
      if (node["rels"] === undefined) walker.print.writesComplete = false;
      else walker.print.writesComplete = true;
      walker.as("define", () => walker.children("VacuumStmt", node));
    },
  ],
  [
    "RenameStmt",
    (walker, node) => {
      targets_define(walker, "RenameStmt", node);
      walker.as("define", () => walker.children("RenameStmt", node));
      newName(walker, (0,tree/* textOf */.b6)(node["newname"]));
      // The new name may from now on hide another relation.
      if (!RELATION_KINDS.has((0,tree/* word */.Vm)(node["renameType"]))) return;
      const relation = (0,tree/* asObject */.eB)(node["relation"]);
      const { relations } = (0,src_names/* findRelation */.Ik)(
        walker.space,
        (0,tree/* textOf */.b6)(relation["schemaname"]),
        (0,tree/* textOf */.b6)(relation["relname"]) ?? "",
      );
      for (const schemaname of relations.length === 0
        ? [relation["schemaname"]]
        : relations.map(({ schema }) => schema)) {
        created(walker, { relname: node["newname"], schemaname });
      }
    },
  ],
  [
    "AlterObjectSchemaStmt",
    (walker, node) => {
      targets_define(walker, "AlterObjectSchemaStmt", node);
      walker.as("define", () => walker.children("AlterObjectSchemaStmt", node));
      newName(walker, objectName(node["object"]).at(-1));
      if (node["relation"] === undefined) return;
      created(walker, { relname: (0,tree/* asObject */.eB)(node["relation"])["relname"], schemaname: node["newschema"] });
    },
  ],
];

/** What relation names mean in statements that change rows rather than definitions. */
const MODES                            = new Map              ([
  ["LockStmt", "lock"],
  ["RefreshMatViewStmt", "refresh"],
]);

/** Handlers of definitions that need more than their tag and relation names. */
const DEFINITIONS                                          = [
  ...SPECIAL,
  ...[...OPAQUE].map(([type, reason])                    => [
    type,
    (walker, node) => {
      tag(walker, type, node);
      walker.print.opaque(reason);
      walker.as("define", () => walker.children(type, node));
    },
  ]),
];

/** Any other definition: its tag, and the relations it names. */
function definition(type        )          {
  return (walker, node) => {
    targets_define(walker, type, node);
    walker.as(MODES.get(type) ?? "define", () => walker.children(type, node));
  };
}

/** CREATE OPERATOR, AGGREGATE, TYPE …: parts named by keywords, some of them functions. */
function definesByParts(walker        , node            )       {
  targets_define(walker, "DefineStmt", node);
  newName(walker, (0,tree/* strings */.P$)(node["defnames"]).at(-1));
  for (const each of (0,tree/* list */.p_)(node["definition"])) {
    const part = (0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(each)["DefElem"]);
    if (!FUNCTION_PARTS.has(((0,tree/* textOf */.b6)(part["defname"]) ?? "").toLowerCase())) continue;
    const names = (0,tree/* strings */.P$)((0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(part["arg"])["TypeName"])["names"]);
    if (names.length > 0) walker.call(names);
    else walker.print.functionsComplete = false;
  }
  walker.as("define", () => walker.children("DefineStmt", node));
}

/** A range comes with its multirange, which can be given a name of its own. */
function newRange(walker        , node            )       {
  newName(walker, (0,tree/* strings */.P$)(node["typeName"]).at(-1));
  for (const each of (0,tree/* list */.p_)(node["params"])) {
    const part = (0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(each)["DefElem"]);
    if ((0,tree/* textOf */.b6)(part["defname"]) !== "multirange_type_name") continue;
    newName(walker, (0,tree/* strings */.P$)((0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(part["arg"])["TypeName"])["names"]).at(-1));
  }
}

const FUNCTION_PARTS                      = new Set(
  `procedure function restrict join sfunc sfunc1 finalfunc combinefunc serialfunc deserialfunc msfunc minvfunc mfinalfunc
   input output receive send typmod_in typmod_out analyze subscript start gettoken end headline lextypes init lexize`.split(
    /\s+/,
  ),
);

function createsType(type        , field        )          {
  return (walker, node) => {
    targets_define(walker, type, node);
    const names = (0,tree/* strings */.P$)(node[field]);
    created(walker, { relname: names.at(-1), schemaname: names.at(-2) });
    walker.as("define", () => walker.children(type, node, [field]));
  };
}

function createsRelation(type        , field        )          {
  return (walker, node) => {
    targets_define(walker, type, node);
    created(walker, node[field]);
    walker.as("define", () => walker.children(type, node, [field]));
  };
}

const RELATION_KINDS                      = new Set([
  "OBJECT_TABLE",
  "OBJECT_VIEW",
  "OBJECT_MATVIEW",
  "OBJECT_INDEX",
  "OBJECT_SEQUENCE",
  "OBJECT_FOREIGN_TABLE",
]);

const ON_RELATION                      = new Set([
  "OBJECT_TRIGGER",
  "OBJECT_RULE",
  "OBJECT_POLICY",
  "OBJECT_COLUMN",
  "OBJECT_TABCONSTRAINT",
]);
const FOREIGN_OPTIONS = /"AT_(?:AlterColumn)?GenericOptions"/;

// EXTERNAL MODULE: ./packages/sql/src/explain.js
var explain = __webpack_require__(20874);
;// CONCATENATED MODULE: ./packages/sql/src/queries.js
/** Statements that read and change rows, and those that run another statement. Pure. */

                                          
                                                    



                                                           



const QUERIES                                          = [
  [
    "SelectStmt",
    (walker, node) => {
      walker.as("read", () =>
        walker.with(node["withClause"], () => {
          if (node["intoClause"] !== undefined) {
            walker.print.tag("SELECT INTO");
            walker.node("IntoClause", (0,tree/* asObject */.eB)(node["intoClause"]));
          }
          walker.children("SelectStmt", node, ["withClause", "intoClause"]);
        }),
      );
    },
  ],
  [
    "IntoClause",
    (walker, node) => {
      created(walker, node["rel"]);
      walker.children("IntoClause", node, ["rel"]);
    },
  ],
  [
    "InsertStmt",
    (walker, node) => {
      walker.print.tag("INSERT");
      walker.as("read", () =>
        walker.with(node["withClause"], () => {
          const conflict = (0,tree/* asObject */.eB)(node["onConflictClause"]);
          const updates = conflict["action"] === "ONCONFLICT_UPDATE";
          const target = written(walker, node["relation"], updates ? ["INSERT", "UPDATE"] : ["INSERT"]);
          if (updates) {
            // An upsert changes rows that exist: one for each proposed row, found by a unique key.
            walker.print.tag("UPDATE");
            const select = (0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(node["selectStmt"])["SelectStmt"]);
            walker.print.condition((0,tree/* list */.p_)(select["valuesLists"]).length > 0 ? "keyed" : "present");
          }
          if (updates || node["returningClause"] !== undefined) readTarget(walker, node["relation"], target);
          walker.children("InsertStmt", node, ["withClause", "relation"]);
        }),
      );
    },
  ],
  [
    "UpdateStmt",
    (walker, node) => {
      walker.print.tag("UPDATE");
      changeRows(walker, node, "UpdateStmt");
    },
  ],
  [
    "DeleteStmt",
    (walker, node) => {
      walker.print.tag("DELETE");
      changeRows(walker, node, "DeleteStmt");
    },
  ],
  [
    "MergeStmt",
    (walker, node) => {
      walker.print.tag("MERGE");
      walker.as("read", () =>
        walker.with(node["withClause"], () => {
          const found = written(walker, node["relation"], mergeEvents(node));
          readTarget(walker, node["relation"], found);
          const target = targetOf(walker, node["relation"], found);
          for (const each of (0,tree/* list */.p_)(node["mergeWhenClauses"])) {
            const clause = (0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(each)["MergeWhenClause"]);
            mergeAction(walker, clause, node["joinCondition"], target);
          }
          walker.children("MergeStmt", node, ["withClause", "relation"]);
        }),
      );
    },
  ],
  [
    "CopyStmt",
    (walker, node) => {
      walker.print.tag(
        node["is_program"] === true ? "COPY PROGRAM" : node["filename"] === undefined ? "COPY" : "COPY FILE",
      );
      if (node["filename"] !== undefined || node["is_program"] === true) walker.print.mayWrite = true;
      if (node["query"] !== undefined) walkStatement(walker, node["query"]);
      walker.as(node["is_from"] === true ? "copy" : "read", () => {
        // A COPY table is never a WITH name, but COPY cannot stand inside a WITH either.
        walker.children("CopyStmt", node, ["query", "whereClause"]);
      });
      walker.as("read", () => walker.any(node["whereClause"]));
    },
  ],
  [
    "ExplainStmt",
    (walker, node) => {
      walker.print.tag("EXPLAIN");
      walker.as("read", () => walker.any(node["options"]));
      if ((0,explain/* explainsByRunning */.X)(node)) walkStatement(walker, node["query"]);
      else planned(walker, node["query"]);
    },
  ],
  [
    "CreateTableAsStmt",
    (walker, node) => {
      targets_define(walker, "CreateTableAsStmt", node);
      walker.node("IntoClause", (0,tree/* asObject */.eB)(node["into"]));
      walkStatement(walker, node["query"]);
    },
  ],
  [
    "PrepareStmt",
    (walker, node) => {
      walker.print.tag("PREPARE");
      const query = node["query"];
      walker.statement((0,tree/* asObject */.eB)(query), inexactTypes((0,tree/* list */.p_)(node["argtypes"])), () => walkStatement(walker, query));
      walker.children("PrepareStmt", node, ["query"]);
    },
  ],
  [
    "DeclareCursorStmt",
    (walker, node) => {
      walker.print.tag("DECLARE CURSOR");
      walkStatement(walker, node["query"]);
    },
  ],
  [
    "ExecuteStmt",
    (walker, node) => {
      walker.print.tag("EXECUTE");
      named(
        walker,
        walker.space.prepared((0,tree/* textOf */.b6)(node["name"]) ?? ""),
        "EXECUTE names a statement that gate has not seen",
      );
      walker.children("ExecuteStmt", node);
    },
  ],
  [
    "FetchStmt",
    (walker, node) => {
      walker.print.tag(tagOf("FetchStmt", node) ?? "FETCH");
      named(
        walker,
        walker.space.cursor((0,tree/* textOf */.b6)(node["portalname"]) ?? ""),
        "FETCH names a cursor that gate has not seen",
      );
    },
  ],
];

function changeRows(walker        , node            , type                             )       {
  walker.as("read", () =>
    walker.with(node["withClause"], () => {
      const update = type === "UpdateStmt";
      const found = written(
        walker,
        node["relation"],
        [update ? "UPDATE" : "DELETE"],
        update ? assigned(node) : undefined,
      );
      readTarget(walker, node["relation"], found);
      walker.print.condition(classifyWhere([node["whereClause"]], targetOf(walker, node["relation"], found)));
      walker.children(type, node, ["withClause", "relation"]);
    }),
  );
}

/** Columns that an UPDATE names. */
function assigned(node            )                      {
  return new Set((0,tree/* list */.p_)(node["targetList"]).map((each) => (0,tree/* textOf */.b6)((0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(each)["ResTarget"])["name"]) ?? ""));
}

function mergeEvents(node            )                      {
  const actions = (0,tree/* list */.p_)(node["mergeWhenClauses"]).map((each) =>
    MERGE_ACTIONS.get((0,tree/* word */.Vm)((0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(each)["MergeWhenClause"])["commandType"])),
  );
  return actions.filter((action) => action !== undefined && action !== "NOTHING");
}

function mergeAction(walker        , clause            , join                  , target        )       {
  const action = MERGE_ACTIONS.get((0,tree/* word */.Vm)(clause["commandType"]));
  if (action === undefined) {
    walker.print.opaque("MERGE has an action that gate does not know");
    return;
  }
  if (action === "NOTHING") return;
  walker.print.tag(action);
  if (action === "INSERT") return;
  // NOT MATCHED BY SOURCE visits every row that the join leaves over.
  const conditions = clause["matchKind"] === "MERGE_WHEN_MATCHED" ? [join, clause["condition"]] : [clause["condition"]];
  walker.print.condition(classifyWhere(conditions, target));
}

/** Planning runs nothing but functions that promise to be stable: no tags, no writes, no condition. */
function planned(walker        , query                  )       {
  const before = new Set(walker.print.statements.keys());
  const writes = new Set(walker.print.writes.keys());
  const { where, mayWrite, writesComplete } = walker.print;
  walkStatement(walker, query);
  for (const name of walker.print.statements.keys()) if (!before.has(name)) walker.print.statements.delete(name);
  for (const [name, item] of walker.print.writes) {
    if (writes.has(name)) continue;
    walker.print.writes.delete(name);
    walker.print.reads.set(name, item);
  }
  if (!walker.print.writesComplete && writesComplete) walker.print.readsComplete = false;
  walker.print.where = where;
  walker.print.mayWrite =
    mayWrite ||
    walker.print.unclassified !== undefined ||
    [...walker.print.functions.values()].some((item) => item.labels?.includes("@safe") !== true);
  walker.print.writesComplete = writesComplete || walker.print.unclassified !== undefined;
}

function named(walker        , found                      , reason        )       {
  if (found === undefined) walker.print.opaque(reason);
  else if (found.kind === "done") walker.print.add(found.footprint);
  else walker.statement(found.node, found.declaredInexact, () => walkStatement(walker, found.node));
}

const MERGE_ACTIONS                                                                  = new Map([
  ["CMD_INSERT", "INSERT"],
  ["CMD_UPDATE", "UPDATE"],
  ["CMD_DELETE", "DELETE"],
  ["CMD_NOTHING", "NOTHING"],
]);

;// CONCATENATED MODULE: ./packages/sql/src/session-statements.js
/** Statements about the session: settings, transactions, notifications, names to forget. Pure. */



                                         

const SESSION                                          = [
  [
    "VariableSetStmt",
    (walker, node) => {
      const name = settingTags(node);
      walker.print.tag(name);
      if (session_statements_CHANGES_READING.has(name.toLowerCase())) {
        // What comes after would be read by the server otherwise than by the gate.
        walker.print.unclassify("gate reads texts with standard_conforming_strings on and in UTF-8 only");
        walker.print.changesReading = true;
      }
      walker.children("VariableSetStmt", node);
    },
  ],
  ...["VariableShowStmt", "ClosePortalStmt", "DeallocateStmt", "DiscardStmt"].map((type)                    => [
    type,
    (walker, node) => {
      tag(walker, type, node);
      walker.children(type, node);
    },
  ]),
  [
    "TransactionStmt",
    (walker, node) => {
      tag(walker, "TransactionStmt", node);
      // Another session's prepared transaction: what it holds is not known here.
      if (["TRANS_STMT_COMMIT_PREPARED", "TRANS_STMT_PREPARE"].includes((0,tree/* word */.Vm)(node["kind"]))) {
        walker.print.mayWrite = true;
        walker.print.writesComplete = false;
      }
      walker.children("TransactionStmt", node);
    },
  ],
  ...["NotifyStmt", "ListenStmt", "UnlistenStmt", "CheckPointStmt", "ConstraintsSetStmt"].map(
    (type)                    => [
      type,
      (walker, node) => {
        tag(walker, type, node);
        walker.print.mayWrite = true;
        // SET CONSTRAINTS names constraints as RangeVars: they are no relations.
        if (type !== "ConstraintsSetStmt") walker.children(type, node);
      },
    ],
  ),
];

const session_statements_CHANGES_READING                      = new Set(["set standard_conforming_strings", "set client_encoding"]);

;// CONCATENATED MODULE: ./packages/sql/src/expressions.js
/** Handlers of nodes inside queries and expressions: names, calls, operators, casts. Pure. */

                                          


                                               

/** Handlers of nodes inside queries and expressions; statements have theirs elsewhere. */
const EXPRESSIONS                               = new Map                 ([
  // What a constant is worth is looked at by those alone who need it: templates depend on that.
  ["A_Const", (walker, node) => walker.children("A_Const", node, ["ival", "fval", "boolval", "sval", "bsval"])],
  [
    "RangeVar",
    (walker, node) => {
      const schema = (0,tree/* textOf */.b6)(node["schemaname"]);
      const name = (0,tree/* textOf */.b6)(node["relname"]) ?? "";
      const { mode } = walker;
      if (mode !== "read") {
        const alone = node["inh"] !== true || mode === "copy" || mode === "define";
        const found = walker.print.write(walker.space, schema, name, WRITES[mode], alone);
        // To define over and over what the transaction itself defined is what migrations do.
        const stale =
          mode === "define" || mode === "alter" ? walker.space.stale : walker.space.isStale(name, found.relations);
        if (stale) walker.print.writesComplete = false;
        if (walker.space.isHidden(name)) walker.unknownCode();
        const events = EVENTS.get(mode);
        if (events !== undefined) rowsChange(walker, found, events);
        if (mode === "refresh") lookedAt(walker, found);
        return;
      }
      if (schema === undefined && walker.isCte(name)) return;
      const found = walker.print.read(walker.space, schema, name, node["inh"] !== true);
      if (walker.space.isStale(name, found.relations)) walker.print.readsComplete = false;
      if (walker.space.isHidden(name)) walker.unknownCode();
      lookedAt(walker, found);
    },
  ],
  [
    "FuncCall",
    (walker, node) => {
      walker.call((0,tree/* strings */.P$)(node["funcname"]), (0,tree/* list */.p_)(node["args"]));
      walker.children("FuncCall", node, ["funcname"]);
    },
  ],
  [
    "ColumnRef",
    (walker, node) => {
      const fields = (0,tree/* list */.p_)(node["fields"]);
      if (fields.length < 2) return;
      const last = (0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(fields.at(-1))["String"])["sval"];
      if (typeof last === "string") walker.attribute(last);
    },
  ],
  [
    "A_Indirection",
    (walker, node) => {
      for (const name of (0,tree/* strings */.P$)(node["indirection"])) walker.attribute(name);
      walker.children("A_Indirection", node);
    },
  ],
  [
    "A_Expr",
    (walker, node) => {
      const names = (0,tree/* strings */.P$)(node["name"]);
      const implied = IMPLIED_OPERATORS.get((0,tree/* word */.Vm)(node["kind"]));
      if (implied === undefined) walker.operator(names);
      else for (const name of implied) walker.operator([name]);
      walker.children("A_Expr", node, ["name"]);
    },
  ],
  [
    "SubLink",
    (walker, node) => {
      const names = (0,tree/* strings */.P$)(node["operName"]);
      if (names.length > 0) walker.operator(names);
      else if (node["subLinkType"] === "ANY_SUBLINK") walker.operator(["="]);
      walker.children("SubLink", node, ["operName"]);
    },
  ],
  [
    "SortBy",
    (walker, node) => {
      const names = (0,tree/* strings */.P$)(node["useOp"]);
      if (names.length > 0) walker.operator(names);
      walker.children("SortBy", node, ["useOp"]);
    },
  ],
  [
    "CaseExpr",
    (walker, node) => {
      if (node["arg"] !== undefined) walker.operator(["="]);
      walker.children("CaseExpr", node);
    },
  ],
  [
    "JoinExpr",
    (walker, node) => {
      if (node["isNatural"] === true || node["usingClause"] !== undefined) walker.operator(["="]);
      walker.children("JoinExpr", node, ["usingClause"]);
    },
  ],
  [
    "TypeCast",
    (walker, node) => {
      const names = (0,tree/* strings */.P$)((0,tree/* asObject */.eB)(node["typeName"])["names"]);
      const schema = names.length > 1 ? names.at(-2) : undefined;
      for (const called of (0,src_names/* findCasts */.ky)(walker.space, schema, names.at(-1) ?? "")) walker.called(called);
      walker.children("TypeCast", node);
    },
  ],
  [
    "TypeName",
    (walker, node) => {
      // RETURNING, COLUMNS and column definition lists convert to a type without a TypeCast.
      const names = (0,tree/* strings */.P$)(node["names"]);
      if (walker.mode === "read") {
        const schema = names.length > 1 ? names.at(-2) : undefined;
        for (const called of (0,src_names/* findCasts */.ky)(walker.space, schema, names.at(-1) ?? "")) walker.called(called);
      }
      walker.children("TypeName", node);
    },
  ],
  [
    "RangeTableSample",
    (walker, node) => {
      const method = (0,tree/* strings */.P$)(node["method"]).at(-1) ?? "";
      if (!["system", "bernoulli"].includes(method)) walker.call((0,tree/* strings */.P$)(node["method"]));
      walker.children("RangeTableSample", node, ["method"]);
    },
  ],
  [
    "LockingClause",
    (walker) => {
      // FOR UPDATE OF names aliases of FROM; the row locks are what counts.
      walker.print.mayWrite = true;
    },
  ],
]);

/** Operators behind syntax that does not name one as such. */
const IMPLIED_OPERATORS                                         = new Map([
  ["AEXPR_DISTINCT", ["="]],
  ["AEXPR_NOT_DISTINCT", ["="]],
  ["AEXPR_NULLIF", ["="]],
  ["AEXPR_BETWEEN", [">=", "<="]],
  ["AEXPR_NOT_BETWEEN", ["<", ">"]],
  ["AEXPR_BETWEEN_SYM", [">=", "<="]],
  ["AEXPR_NOT_BETWEEN_SYM", ["<", ">"]],
]);

const WRITES = {
  copy: "rows",
  truncate: "rows",
  lock: "definition",
  define: "definition",
  alter: "definition",
  refresh: "refresh",
}         ;
const EVENTS                                           = new Map                             ([
  ["copy", new Set          (["INSERT"])],
  ["truncate", new Set          (["TRUNCATE"])],
]);

;// CONCATENATED MODULE: ./packages/sql/src/statements.js
/** The handlers of all node types: every statement that PostgreSQL has is either known here or unclassified. Pure. */





                                         

/** By node type. A node without a handler is walked through its fields. */
const HANDLERS                               = statements_collect();

function statements_collect()                               {
  const all = new Map                 ([...EXPRESSIONS, ...QUERIES, ...SESSION, ...DEFINITIONS]);
  // RETURN stands only in function bodies, which are not walked.
  all.set("ReturnStmt", (walker) => walker.print.opaque("a statement of a function's body"));
  // REPLICA IDENTITY stands inside ALTER TABLE, whose tag it shares.
  all.set("ReplicaIdentityStmt", (walker, node) => walker.children("ReplicaIdentityStmt", node));
  for (const type of nodes/* NODES */.K.keys()) {
    if (type.endsWith("Stmt") && !all.has(type)) all.set(type, definition(type));
  }
  return all;
}

;// CONCATENATED MODULE: ./packages/sql/src/analyse.js
/**
 * From a command's text to its facts. Pure, over the grammar that `loadParser()` loaded.
 *
 * What is not surely understood is `classified: false` or an incomplete set; nothing is guessed.
 */
                                                            






                                            








/** Statements of one text. */
const STATEMENTS_MAX = 10_000;

/**
 * Classifies a command: one statement or several, as a Query or Parse message carries them.
 * @throws {SqlError} PARSER_NOT_LOADED.
 */
function analyse(text        , env                )           {
  const outcome = (0,parser/* parseSql */.eg)(text);
  switch (outcome.kind) {
    case "syntax-error":
      return {
        ...refused("the text does not parse"),
        syntaxError: { message: outcome.message, position: Math.max(outcome.position, 1), sqlstate: "42601" },
      };
    case "refused":
      return refused(outcome.reason);
    case "tree":
      if (outcome.statements.length > STATEMENTS_MAX)
        return refused(`the text has more than ${STATEMENTS_MAX} statements`);
      try {
        const unsure = namesUnsure(text, outcome.statements, env.encoding);
        if (unsure !== undefined) return refused(unsure);
        return analyseAll(
          outcome.statements.map((statement) => (0,tree/* asObject */.eB)(statement.stmt)),
          new BatchState(env),
        );
      } catch (thrown) {
        // A stack that ran out, or a tree of a shape that nobody expected: nothing is known.
        return refused(
          thrown instanceof RangeError ? "the statement is too large to classify" : "gate cannot classify it",
        );
      }
  }
}

/** Classifies one statement's tree. */
function analyseTree(statement            , env                )           {
  return analyseAll([statement], new BatchState(env));
}

function analyseAll(nodes                       , batch            )           {
  const total = new Footprint();
  const parts         = [];
  const statements                  = [];
  const partFacts          = [];
  for (const node of nodes) {
    const part = analyseOne(node, batch);
    parts.push(part);
    total.add(part.print);
    const info = describe(part, batch);
    statements.push(info);
    if (nodes.length > 1) partFacts.push(factsOf(part.print, isHousekeeping(part.print)));
    batch.after(info, part);
  }
  // The server answers EmptyQueryResponse; policy wants a name for it.
  if (nodes.length === 0) total.tag("EMPTY QUERY");
  const housekeeping = parts.every((part) => isHousekeeping(part.print));
  const facts = factsOf(total, housekeeping);
  return (0,analysis/* remember */.k)(
    {
      facts: nodes.length > 1 ? { ...facts, parts: partFacts } : facts,
      statements,
      masks: (0,mask_analysis/* maskAnalyser */.KI)(parts),
    },
    parts,
  );
}

function analyseOne(node            , batch            )       {
  const print = new Footprint();
  const [type, inner] = (0,tree/* only */.j6)(node);
  const space = batch.snapshot();
  const walker = new Walker(batch, print, HANDLERS, { seen: new Set(), depth: 0, run: runRoutines });
  const { declaredInexact } = batch;
  walker.statement(node, declaredInexact, () => walkStatement(walker, node));
  let runs                             ;
  if (type === "ExecuteStmt") runs = batch.preparedParts((0,tree/* textOf */.b6)(inner["name"]) ?? "");
  if (type === "FetchStmt") runs = batch.cursorParts((0,tree/* textOf */.b6)(inner["portalname"]) ?? "");
  return { node, type, print, space, runs, declaredInexact };
}

function describe(part      , batch            )                {
  const [type, node] = (0,tree/* only */.j6)(part.node);
  const info = describeStatement(type, node, part.print, batch.temporary);
  if (type !== "PrepareStmt" && type !== "DeclareCursorStmt") return info;
  const inner = batch.copy();
  inner.declaredInexact = inexactTypes((0,tree/* list */.p_)(node["argtypes"]));
  const analysis = analyseAll([(0,tree/* asObject */.eB)(node["query"])], inner);
  if (type === "PrepareStmt") return { ...info, prepares: { name: (0,tree/* textOf */.b6)(node["name"]) ?? "", analysis } };
  return { ...info, declares: { name: (0,tree/* textOf */.b6)(node["portalname"]) ?? "", analysis } };
}

function factsOf(print           , housekeeping         )        {
  const fields                       = {
    statement: set(print.statements, print.statementsComplete),
    reads: set(print.reads, print.readsComplete),
    writes: set(print.writes, print.writesComplete),
    functions: set(print.functions, print.functionsComplete),
    where: { type: "scalar", value: print.statementsComplete ? print.where : undefined },
  };
  return {
    kind: "sql",
    classified: print.unclassified === undefined,
    ...(print.unclassified === undefined ? {} : { unclassifiedReason: print.unclassified }),
    housekeeping: housekeeping && print.unclassified === undefined,
    writes: print.mayWrite,
    fields,
  };
}

function set(items                               , complete         )       {
  return { type: "set", items: [...items.values()], complete };
}

function refused(reason        )           {
  const print = new Footprint();
  print.opaque(reason);
  return (0,analysis/* remember */.k)({ facts: factsOf(print, false), statements: [], masks: (0,mask_analysis/* refusedMasks */.y6)(reason) }, [
    { node: {}, type: "", print, space: NOWHERE, runs: undefined, declaredInexact: new Set() },
  ]);
}

const NOWHERE            = {
  catalogue: {
    usable: () => undefined,
    relation: () => undefined,
    byOid: () => undefined,
    named: () => [],
    isBuiltin: () => false,
    functionSchemas: () => new Set(),
    isAttributeFunction: () => false,
    hasOperators: false,
    operators: () => [],
    casts: () => [],
    relations: () => [],
    code: {
      routine: () => undefined,
      routines: () => [],
      builtinName: () => undefined,
      behind: () => undefined,
      eventTriggers: [],
      othersPolicyColumns: [],
    },
  },
  searchPath: undefined,
  temporary: new Set(),
};


/***/ }),

/***/ 9999:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   C: () => (/* binding */ partsOf),
/* harmony export */   k: () => (/* binding */ remember)
/* harmony export */ });
/** What a classification needs and what it gives. Pure. */
                                            
                                                
                                                
                                          
                                                       
                                                         
                                            
                                              

                                 
                                
                                                                                                           
                                                     
                                                                                                   
                                       
                                                    
                                          
                                                                                                       
                                        
                                                                                                       
                                                            
                                                                                                     
                                                          
                                                                       
                             
                                                                                                             
                                                   
     
                                                                                                             
                                                                                
     
                                                 
 

                                                 
                                                                             
                                                                             
 

                           
                        
                                                
                                                                                                                 
                                                                                                            
                                                                                                          
                                                          
 

/** One statement of an analysis, as this package keeps it. */
                       
                            
                        
                            
                            
                                                           
                                             
                                                
 

/** Ties an analysis to its parts, which only this package sees. */
function remember(analysis          , parts                 )           {
  PARTS.set(analysis, parts);
  return analysis;
}

/** The parts of an analysis that this package made; anything else is not known. */
function partsOf(analysis                      )                              {
  return analysis === undefined ? undefined : PARTS.get(analysis);
}

const PARTS = new WeakMap                           ();


/***/ }),

/***/ 23385:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   t: () => (/* binding */ CATALOGUE_QUERIES)
/* harmony export */ });
/* unused harmony export BODY_BYTES_MAX */
/**
 * What gate asks a PostgreSQL server (13 to 18) about itself, one round trip a query, all columns as text. Pure data.
 *
 * Every name is qualified, so a schema earlier on the search path cannot answer in the catalogue's place. Objects with
 * an oid from 16384 on are the users' own (FirstNormalObjectId in access/transam.h).
 */

                                
             
               
             
          
                  
                 
              
               
               
           
              
              
                 
          
           
                 
                   
            

/** What the queries return: query name → rows of text. */
                                                                                                          

/** Longest source of a function that gate reads, in bytes; what a longer one does is not known. */
const BODY_BYTES_MAX = 262_144;

const CATALOGUE_QUERIES                                               = {
  // name, may the role use it. The search path skips a schema that does not exist or may not be used.
  schemas: `
SELECT n.nspname::pg_catalog.text, pg_catalog.has_schema_privilege(n.oid, 'USAGE')::pg_catalog.text
FROM pg_catalog.pg_namespace n
WHERE n.nspname !~ '^pg_(toast_)?temp_'`,
  // oid, schema, name, kind. Temporary relations belong to sessions and are tracked per connection.
  relations: `
SELECT c.oid::pg_catalog.text, n.nspname::pg_catalog.text, c.relname::pg_catalog.text, c.relkind::pg_catalog.text
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p', 'S', 'i', 'I') AND c.relpersistence <> 't' AND n.nspname <> 'pg_toast'
ORDER BY c.oid`,
  // relation oid, attribute number, name, type oid, not null, and for a generated column the attribute numbers that it
  // is made of; last the relation whose rows the column holds, alone, in an array or through a domain. Users' relations
  // only. Before 15 a generated column itself depends on the others, since then its default does.
  columns: `
SELECT a.attrelid::pg_catalog.text, a.attnum::pg_catalog.text, a.attname::pg_catalog.text, a.atttypid::pg_catalog.text,
  a.attnotnull::pg_catalog.text,
  CASE WHEN a.attgenerated <> '' THEN (
    SELECT pg_catalog.string_agg(DISTINCT d.refobjsubid::pg_catalog.text, ' ')
    FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = a.attrelid
      AND d.refobjsubid NOT IN (0, a.attnum)
      AND ((d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = a.attrelid AND d.objsubid = a.attnum)
        OR (d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid =
          (SELECT f.oid FROM pg_catalog.pg_attrdef f WHERE f.adrelid = a.attrelid AND f.adnum = a.attnum))))
  END,
  COALESCE(NULLIF(t.typrelid, 0), NULLIF(e.typrelid, 0), NULLIF(b.typrelid, 0), NULLIF(be.typrelid, 0))::pg_catalog.text
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typelem <> 0
LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype AND t.typbasetype <> 0
LEFT JOIN pg_catalog.pg_type be ON be.oid = b.typelem AND b.typelem <> 0
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.oid >= 16384 AND c.relkind IN ('r', 'v', 'm', 'f', 'p')
  AND c.relpersistence <> 't'
ORDER BY a.attrelid, a.attnum`,
  // relation oid, attribute numbers of a unique key. Only keys that hold at once and for every row, and whose index
  // tells apart whatever the column's own equality tells apart.
  keys: `
SELECT i.indrelid::pg_catalog.text,
  (SELECT pg_catalog.string_agg(k.attnum::pg_catalog.text, ' ' ORDER BY k.place)
   FROM pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY k(attnum, place)
   WHERE k.place <= i.indnkeyatts)
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
WHERE i.indisunique AND i.indisvalid AND i.indisready AND i.indislive AND i.indimmediate AND NOT i.indisexclusion
  AND i.indpred IS NULL AND i.indexprs IS NULL AND c.oid >= 16384 AND c.relpersistence <> 't'
  AND NOT EXISTS (
    SELECT FROM ROWS FROM (pg_catalog.unnest(i.indkey::pg_catalog.int2[]), pg_catalog.unnest(i.indcollation::pg_catalog.oid[]),
      pg_catalog.unnest(i.indclass::pg_catalog.oid[])) k(attnum, keycollation, opclass)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    JOIN pg_catalog.pg_opclass o ON o.oid = k.opclass
    LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
    WHERE (o.oid >= 16384 AND NOT o.opcdefault) OR (a.attcollation <> k.keycollation AND NOT l.collisdeterministic))
ORDER BY i.indexrelid`,
  // relation oid, event of its rewrite rule (1 SELECT, 2 UPDATE, 3 INSERT, 4 DELETE), oid that the rule uses,
  // and "r" for a relation or "f" and the schema and name of a function. A rule without uses gives nulls.
  dependencies: `
SELECT DISTINCT r.ev_class::pg_catalog.text, r.ev_type::pg_catalog.text, d.refobjid::pg_catalog.text,
  CASE WHEN d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass THEN 'r' WHEN p.oid IS NOT NULL THEN 'f' END,
  n.nspname::pg_catalog.text, p.proname::pg_catalog.text
FROM pg_catalog.pg_rewrite r
LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
  AND d.refclassid IN ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass)
  AND NOT (d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = r.ev_class)
LEFT JOIN pg_catalog.pg_proc p ON d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid = d.refobjid
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE r.ev_class >= 16384`,
  // child oid, parent oid.
  inheritance: `
SELECT i.inhrelid::pg_catalog.text, i.inhparent::pg_catalog.text
FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
WHERE c.relkind IN ('r', 'f', 'p')`,
  // name and oid of PostgreSQL's own functions.
  builtins: `
SELECT p.proname::pg_catalog.text, p.oid::pg_catalog.text
FROM pg_catalog.pg_proc p
WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND p.oid < 16384`,
  // schema, name, "t" when some overload can be called like an attribute of a row (t.f instead of f(t)).
  functions: `
SELECT n.nspname::pg_catalog.text, p.proname::pg_catalog.text,
  pg_catalog.bool_or(p.pronargs - p.pronargdefaults <= 1 AND p.pronargs > 0 AND t.typtype IN ('c', 'p', 'd'))::pg_catalog.text
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
LEFT JOIN pg_catalog.pg_type t ON t.oid = p.proargtypes[0]
WHERE p.oid >= 16384
GROUP BY 1, 2`,
  // schema, name, schema and name of its function, "t" when that is compiled code which is not volatile.
  operators: `
SELECT n.nspname::pg_catalog.text, o.oprname::pg_catalog.text, f.nspname::pg_catalog.text, p.proname::pg_catalog.text,
  (l.lanname IN ('c', 'internal') AND p.provolatile <> 'v')::pg_catalog.text
FROM pg_catalog.pg_operator o
JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode
JOIN pg_catalog.pg_namespace f ON f.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE o.oid >= 16384`,
  // schema and name of the target type, schema and name of the function, "t" as above, and whether the
  // server converts without being told: "i" anywhere, "a" in assignments, "e" never (or the function is not volatile).
  // Besides casts: the functions in
  // the CHECKs of a domain, which run for a value of it wherever it stands (also inside a composite, an array, a range).
  casts: `
SELECT n.nspname::pg_catalog.text, t.typname::pg_catalog.text, f.nspname::pg_catalog.text, p.proname::pg_catalog.text,
  (l.lanname IN ('c', 'internal') AND p.provolatile <> 'v')::pg_catalog.text,
  CASE WHEN p.provolatile = 'v' THEN k.castcontext::pg_catalog.text ELSE 'e' END
FROM pg_catalog.pg_cast k
JOIN pg_catalog.pg_type t ON t.oid = k.casttarget
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
JOIN pg_catalog.pg_proc p ON p.oid = k.castfunc
JOIN pg_catalog.pg_namespace f ON f.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE k.oid >= 16384
UNION ALL
(WITH RECURSIVE edges(part, whole) AS MATERIALIZED (
  SELECT t.typbasetype, t.oid FROM pg_catalog.pg_type t WHERE t.typbasetype <> 0
  UNION ALL
  SELECT t.typelem, t.oid FROM pg_catalog.pg_type t WHERE t.typelem <> 0
  UNION ALL
  SELECT r.rngsubtype, r.rngtypid FROM pg_catalog.pg_range r
  UNION ALL
  SELECT a.atttypid, t.oid
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.typrelid = a.attrelid AND t.typrelid <> 0
  WHERE a.attnum > 0 AND NOT a.attisdropped
), uses(type, func) AS (
  SELECT k.contypid, p.oid
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid = k.oid
  LEFT JOIN pg_catalog.pg_operator o
    ON d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND o.oid = d.refobjid
  JOIN pg_catalog.pg_proc p ON p.oid =
    CASE WHEN d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass THEN d.refobjid ELSE o.oprcode END
  WHERE k.contypid <> 0 AND p.oid >= 16384
  UNION
  SELECT e.whole, u.func FROM uses u JOIN edges e ON e.part = u.type)
SELECT n.nspname::pg_catalog.text, t.typname::pg_catalog.text, f.nspname::pg_catalog.text, p.proname::pg_catalog.text,
  (l.lanname IN ('c', 'internal') AND p.provolatile <> 'v')::pg_catalog.text, 'e'
FROM uses u
JOIN pg_catalog.pg_type t ON t.oid = u.type
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
JOIN pg_catalog.pg_proc p ON p.oid = u.func
JOIN pg_catalog.pg_namespace f ON f.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang)`,
  // oid, schema, name, kind, language, "t" when it runs as its owner who is not the role, the source of an SQL or
  // PL/pgSQL body, the tree of an SQL-standard body, arguments, result, settings, and the oids of what it calls by
  // itself: an aggregate its support functions, any the defaults of its arguments. Nothing here waits for a lock.
  routines: `
SELECT p.oid::pg_catalog.text, n.nspname::pg_catalog.text, p.proname::pg_catalog.text, p.prokind::pg_catalog.text,
  l.lanname::pg_catalog.text,
  (p.prosecdef AND p.proowner <> (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER))::pg_catalog.text,
  CASE WHEN l.lanname IN ('sql', 'plpgsql') AND pg_catalog.octet_length(p.prosrc) <= ${BODY_BYTES_MAX} THEN p.prosrc END,
  CASE WHEN l.lanname = 'sql' THEN pg_catalog.to_jsonb(p) OPERATOR(pg_catalog.->>) 'prosqlbody' END,
  pg_catalog.pg_get_function_identity_arguments(p.oid), pg_catalog.pg_get_function_result(p.oid),
  pg_catalog.array_to_json(p.proconfig)::pg_catalog.text,
  pg_catalog.concat_ws(' ',
    (SELECT pg_catalog.concat_ws(' ', a.aggtransfn::pg_catalog.oid, a.aggfinalfn::pg_catalog.oid,
       a.aggcombinefn::pg_catalog.oid, a.aggserialfn::pg_catalog.oid, a.aggdeserialfn::pg_catalog.oid,
       a.aggmtransfn::pg_catalog.oid, a.aggminvtransfn::pg_catalog.oid, a.aggmfinalfn::pg_catalog.oid)
     FROM pg_catalog.pg_aggregate a WHERE a.aggfnoid = p.oid),
    (SELECT pg_catalog.string_agg(m.found[1], ' ')
     FROM pg_catalog.regexp_matches(p.proargdefaults::pg_catalog.text, ':(?:funcid|opfuncid) ([1-9]\\d*)', 'g') m(found)))
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE p.oid >= 16384`,
  // relation oid, function oid, tgtype (catalog/pg_trigger.h). Foreign keys' own triggers are in foreignKeys.
  triggers: `
SELECT t.tgrelid::pg_catalog.text, t.tgfoid::pg_catalog.text, t.tgtype::pg_catalog.text
FROM pg_catalog.pg_trigger t WHERE NOT t.tgisinternal AND t.tgenabled <> 'D'`,
  // referenced oid, referencing oid, what happens there on DELETE and on UPDATE (a, r: nothing; c, n, d: it changes),
  // attribute numbers of the referenced key, "t" where it is a partition's copy of its table's key. Copies on the side of
  // the referencing partitions are left out: they are parts of their table.
  foreignKeys: `
SELECT k.confrelid::pg_catalog.text, k.conrelid::pg_catalog.text, k.confdeltype::pg_catalog.text,
  k.confupdtype::pg_catalog.text, pg_catalog.array_to_string(k.confkey, ' '), (k.conparentid <> 0)::pg_catalog.text
FROM pg_catalog.pg_constraint k LEFT JOIN pg_catalog.pg_constraint w ON w.oid = k.conparentid AND k.conparentid <> 0
WHERE k.contype = 'f' AND (w.oid IS NULL OR w.conrelid = k.conrelid)`,
  // oids of the functions of event triggers: they run with definitions.
  eventTriggers: `
SELECT e.evtfoid::pg_catalog.text FROM pg_catalog.pg_event_trigger e WHERE e.evtenabled <> 'D'`,
  // relation oid, "w" for what runs when rows are written or "a" whenever rows are looked at, function oid: defaults,
  // generated columns, CHECKs, index expressions, domains of columns, row policies in force, and of views the functions
  // of PostgreSQL itself that are not immutable.
  runs: `
WITH RECURSIVE trees(relid, at, tree) AS (
  SELECT d.adrelid, 'w', d.adbin::pg_catalog.text FROM pg_catalog.pg_attrdef d
  UNION ALL
  SELECT k.conrelid, 'w', k.conbin::pg_catalog.text FROM pg_catalog.pg_constraint k WHERE k.contype = 'c' AND k.conrelid <> 0
  UNION ALL
  SELECT i.indrelid, 'w', pg_catalog.concat(i.indexprs::pg_catalog.text, i.indpred::pg_catalog.text)
  FROM pg_catalog.pg_index i WHERE i.indexprs IS NOT NULL OR i.indpred IS NOT NULL
  UNION ALL
  SELECT p.polrelid, 'a', pg_catalog.concat(p.polqual::pg_catalog.text, p.polwithcheck::pg_catalog.text)
  FROM pg_catalog.pg_policy p WHERE pg_catalog.row_security_active(p.polrelid)
  UNION ALL
  SELECT r.ev_class, 'v', r.ev_action::pg_catalog.text
  FROM pg_catalog.pg_rewrite r WHERE r.ev_type = '1' AND r.ev_class >= 16384
  UNION ALL
  SELECT a.attrelid, 'w', pg_catalog.concat(t.typdefaultbin::pg_catalog.text,
    (SELECT pg_catalog.string_agg(k.conbin::pg_catalog.text, ' ') FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid))
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid AND t.typtype = 'd'
  WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid >= 16384
), edges(part, whole) AS MATERIALIZED (
  SELECT t.typbasetype, t.oid FROM pg_catalog.pg_type t WHERE t.typbasetype <> 0
  UNION ALL
  SELECT t.typelem, t.oid FROM pg_catalog.pg_type t WHERE t.typelem <> 0
  UNION ALL
  SELECT r.rngsubtype, r.rngtypid FROM pg_catalog.pg_range r
  UNION ALL
  SELECT a.atttypid, t.oid
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.typrelid = a.attrelid AND t.typrelid <> 0
  WHERE a.attnum > 0 AND NOT a.attisdropped
), checks(type, func) AS (
  SELECT k.contypid, m.found[1]::pg_catalog.oid
  FROM pg_catalog.pg_constraint k,
    pg_catalog.regexp_matches(k.conbin::pg_catalog.text, ':(?:funcid|opfuncid) ([1-9]\\d*)', 'g') m(found)
  WHERE k.contypid <> 0 AND m.found[1]::pg_catalog.oid >= 16384
  UNION
  SELECT e.whole, c.func FROM checks c JOIN edges e ON e.part = c.type
), found(relid, at, func) AS (
  SELECT DISTINCT t.relid, t.at, m.found[1]::pg_catalog.oid
  FROM trees t,
    pg_catalog.regexp_matches(t.tree, ':(?:funcid|opfuncid|aggfnoid|winfnoid) ([1-9]\\d*)', 'g') m(found)
  UNION
  SELECT a.attrelid, 'w', c.func FROM checks c JOIN pg_catalog.pg_attribute a ON a.atttypid = c.type
  WHERE a.attnum > 0 AND NOT a.attisdropped
)
SELECT f.relid::pg_catalog.text, CASE f.at WHEN 'w' THEN 'w' ELSE 'a' END, f.func::pg_catalog.text
FROM found f JOIN pg_catalog.pg_class c ON c.oid = f.relid
LEFT JOIN pg_catalog.pg_proc p ON p.oid = f.func
WHERE c.oid >= 16384 AND c.relpersistence <> 't'
  AND (f.func >= 16384 OR p.provolatile <> 'i') AND NOT (f.at = 'v' AND f.func >= 16384)`,
  // relation oid, event (2 UPDATE, 3 INSERT, 4 DELETE), the trees of its actions and of its condition.
  rules: `
SELECT r.ev_class::pg_catalog.text, r.ev_type::pg_catalog.text, r.ev_action::pg_catalog.text, r.ev_qual::pg_catalog.text
FROM pg_catalog.pg_rewrite r
WHERE r.ev_type <> '1' AND r.ev_class >= 16384`,
  // relation oid, oid of a relation that its row policies look at; the attribute number that they test there, 0 for none,
  // "*" for a row as a whole (of which pg_depend says nothing); "t" where they are in force for the role. For an owner
  // they are not, but they are in a view of somebody else.
  policyReads: `
SELECT DISTINCT p.polrelid::pg_catalog.text, d.refobjid::pg_catalog.text,
  CASE WHEN d.refobjid = p.polrelid AND d.refobjsubid = 0
    AND pg_catalog.concat(p.polqual::pg_catalog.text, p.polwithcheck::pg_catalog.text) ~ ':varattno 0 ' THEN '*'
  ELSE d.refobjsubid::pg_catalog.text END,
  pg_catalog.row_security_active(p.polrelid)::pg_catalog.text
FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid AND c.relrowsecurity
JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND d.objid = p.oid
  AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass`,
  // relation oid of a view, the tree of its query. Longer ones are left out: then the view may show all that it reads.
  views: `
SELECT r.ev_class::pg_catalog.text, r.ev_action::pg_catalog.text
FROM pg_catalog.pg_rewrite r
WHERE r.ev_type = '1' AND r.ev_class >= 16384 AND pg_catalog.octet_length(r.ev_action::pg_catalog.text) <= ${BODY_BYTES_MAX * 4}`,
};


/***/ }),

/***/ 19620:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  i: () => (/* binding */ buildCatalogue)
});

// UNUSED EXPORTS: CATALOGUE_ROWS_MAX

// EXTERNAL MODULE: ./packages/sql/src/errors.js
var errors = __webpack_require__(8390);
;// CONCATENATED MODULE: ./packages/sql/src/catalogue-rows.js
/** Reading the rows that the catalogue queries returned. Pure. */


/** @throws {SqlError} CATALOGUE_MALFORMED for a null. */
function catalogue_rows_text(value                           )         {
  if (typeof value !== "string") throw malformed();
  return value;
}

/** @throws {SqlError} CATALOGUE_MALFORMED for anything but an integer. */
function integer(value                           )         {
  const number = Number(catalogue_rows_text(value));
  if (!Number.isInteger(number)) throw malformed();
  return number;
}

function malformed()           {
  return new errors/* SqlError */.L("CATALOGUE_MALFORMED", "peer-wrong", "the server's catalogue rows are not what was asked for");
}

;// CONCATENATED MODULE: ./packages/sql/src/code.js
/**
 * The code that lies in a database: functions, and what it runs by itself behind a table (triggers, foreign keys,
 * rules, defaults, CHECKs, policies), built from catalogue rows. Pure.
 */
                                                            


                          
                       
                          
                        
                                                                                  
                        
                            
                                                                                                           
                               
                                                                                                      
                                      
                                                                 
                                    
                                                                                                               
                             
                                      
                                               
                                       
                                                                                                        
                                    
 

                             
                                              
                         
                                                                                       
                            
                            
                                                     
                                  
                                                              
                           
 

                          
                            
                       
                                         
 

                                                                   

                       
                           
                                                     
                          
                                         
 

/** What the server runs by itself behind one relation. */
                         
                                        
                                              
                                  
                                                                                                                     
                                      
                                                                                                  
                                     
                                                         
                                          
                                                                         
                                            
                                                                                    
                                                  
 

                       
                                                         
                                                                          
                                                       
                                                            
                                                            
                                                          
                                            
                                
                                                  
 

                                                                                                

/** @throws {SqlError} CATALOGUE_MALFORMED. */
function buildCode(rows               )       {
  const byOid = new Map                 ();
  const byName = new Map                   ();
  for (const row of rows.routines) {
    const routine = readRoutine(row);
    byOid.set(routine.oid, routine);
    const key = JSON.stringify([routine.schema, routine.name]);
    const same = byName.get(key);
    if (same === undefined) byName.set(key, [routine]);
    else same.push(routine);
  }
  const builtins = new Map                ();
  for (const [name, oid] of rows.builtins) if (typeof oid === "string") builtins.set(integer(oid), catalogue_rows_text(name));
  const behind = readBehind(rows);
  return {
    routine: (oid) => byOid.get(oid),
    routines: (schema, name) => byName.get(JSON.stringify([schema, name])) ?? [],
    builtinName: (oid) => builtins.get(oid),
    behind: (relation) => behind.get(relation),
    eventTriggers: rows.eventTriggers.map(([oid]) => integer(oid)),
    othersPolicyColumns: [...behind.values()].flatMap(({ othersPolicyColumns }) => othersPolicyColumns),
  };
}

function readRoutine(row                            )          {
  const settings = row[10] === null || row[10] === undefined ? [] : (JSON.parse(row[10])           );
  return {
    oid: integer(row[0]),
    schema: catalogue_rows_text(row[1]),
    name: catalogue_rows_text(row[2]),
    kind: catalogue_rows_text(row[3]),
    language: catalogue_rows_text(row[4]),
    otherOwner: catalogue_rows_text(row[5]).startsWith("t"),
    source: row[6] ?? undefined,
    tree: row[7] ?? undefined,
    arguments: row[8] ?? "",
    result: row[9] ?? undefined,
    settings: Array.isArray(settings) ? settings.map(String) : [],
    calls: oids(row[11]),
  };
}

function readBehind(rows               )                              {
  const found = new Map                          ();
  const of = (oid                           )                   => {
    const relation = integer(oid);
    let behind = found.get(relation);
    if (behind === undefined) {
      behind = {
        triggers: [],
        foreignKeys: [],
        rules: [],
        onWrite: [],
        always: [],
        policyReads: [],
        policyColumns: [],
        othersPolicyColumns: [],
      };
      found.set(relation, behind);
    }
    return behind;
  };
  for (const row of rows.triggers) {
    of(row[0]).triggers.push({ function: integer(row[1]), events: triggerEvents(integer(row[2])) });
  }
  for (const row of rows.foreignKeys) {
    of(row[0]).foreignKeys.push({
      child: integer(row[1]),
      onDelete: catalogue_rows_text(row[2]),
      onUpdate: catalogue_rows_text(row[3]),
      key: oids(row[4]),
      copied: row[5]?.startsWith("t") === true,
    });
  }
  for (const row of rows.runs) {
    const behind = of(row[0]);
    (catalogue_rows_text(row[1]) === "w" ? behind.onWrite : behind.always).push(integer(row[2]));
  }
  for (const row of rows.rules) {
    const event = RULE_EVENTS.get(catalogue_rows_text(row[1]));
    if (event !== undefined) of(row[0]).rules.push({ event, action: catalogue_rows_text(row[2]), condition: row[3] ?? undefined });
  }
  for (const row of rows.policyReads) {
    const { policyReads, policyColumns, othersPolicyColumns } = of(row[0]);
    const relation = integer(row[1]);
    const inForce = catalogue_rows_text(row[3]).startsWith("t");
    if (inForce && row[0] !== row[1] && !policyReads.includes(relation)) policyReads.push(relation);
    const column = catalogue_rows_text(row[2]);
    if (column !== "0") (inForce ? policyColumns : othersPolicyColumns).push(`${relation}/${column}`);
  }
  return found;
}

/** tgtype's bits (src/include/catalog/pg_trigger.h). */
function triggerEvents(type        )                        {
  const events = new Set          ();
  for (const [bit, event] of TRIGGER_EVENTS) if ((type & bit) !== 0) events.add(event);
  return events;
}

function oids(list                           )                    {
  return typeof list === "string"
    ? list
        .split(" ")
        .filter((oid) => oid !== "" && oid !== "0")
        .map(integer)
    : [];
}

const TRIGGER_EVENTS                                           = [
  [4, "INSERT"],
  [8, "DELETE"],
  [16, "UPDATE"],
  [32, "TRUNCATE"],
];

const RULE_EVENTS                                = new Map([
  ["2", "UPDATE"],
  ["3", "INSERT"],
  ["4", "DELETE"],
]);

;// CONCATENATED MODULE: ./packages/sql/src/catalogue.js
/** What gate knows about a database's objects, built from the rows of CATALOGUE_QUERIES. Pure. */
                                                            




/** Rows over all catalogue queries of one database that gate keeps in memory. */
const CATALOGUE_ROWS_MAX = 2_000_000;

                         
                        
                          
                           
                            
                                                                                 
                                      
                                                                                  
                          
 

                               
                          
                        
 

                           
                       
                          
                        
                                                                                                                 
                        
                                             
                           
                                                
                                                                                  
                                                
                                                                                  
                                      
                                                                                    
                                              
                                                          
                               
                                                                                  
                          
                                                                    
                                         
                                        
 

/** A user-defined operator or cast and the function behind it. */
                         
                          
                                  
                                                                                                               
                             
 

                            
                                                                             
                                                           
                                                                            
                                                        
                                                   
                                                        
                                                
                                                          
                                                                  
                                                                    
                                                          
                                 
                                                          
                                             
                                                          
                                                                                                                     
                                                                                                      
                                               
                      
 

                    
              
                 
               
               
                  
                               
                   
                    
                            
                 
                      
                       
                      
 

/**
 * Builds the catalogue from what CATALOGUE_QUERIES returned.
 * @throws {SqlError} CATALOGUE_TOO_LARGE, CATALOGUE_MALFORMED.
 */
function buildCatalogue(rows               )            {
  const count = Object.values(rows).reduce((sum, list) => sum + list.length, 0);
  if (count > CATALOGUE_ROWS_MAX) {
    throw new errors/* SqlError */.L("CATALOGUE_TOO_LARGE", "peer-unsupported", `more than ${CATALOGUE_ROWS_MAX} catalogue rows`);
  }
  const byOid = readRelations(rows);
  readColumns(rows, byOid);
  readKeys(rows, byOid);
  readDependencies(rows, byOid);
  for (const row of rows.views) {
    const view = byOid.get(integer(row[0]));
    if (view !== undefined) view.definition = catalogue_rows_text(row[1]);
  }
  for (const row of rows.inheritance) {
    const child = byOid.get(integer(row[0]));
    const parent = byOid.get(integer(row[1]));
    if (child === undefined || parent === undefined) continue;
    child.parents.push(parent);
    parent.children.push(child);
  }
  return index(rows, byOid);
}

function readRelations(rows               )                        {
  const byOid = new Map                  ();
  for (const row of rows.relations) {
    const oid = integer(row[0]);
    byOid.set(oid, {
      oid,
      schema: catalogue_rows_text(row[1]),
      name: catalogue_rows_text(row[2]),
      kind: catalogue_rows_text(row[3]),
      system: oid < FIRST_USER_OID,
      columns: new Map(),
      keys: [],
      bases: [],
      functions: [],
      rules: false,
      children: [],
      parents: [],
    });
  }
  return byOid;
}

function readColumns(rows               , byOid                               )       {
  for (const row of rows.columns) {
    const name = catalogue_rows_text(row[2]);
    byOid.get(integer(row[0]))?.columns.set(name, {
      name,
      attnum: integer(row[1]),
      typeOid: integer(row[3]),
      notNull: catalogue_rows_text(row[4]).startsWith("t"),
      ...(typeof row[5] === "string" ? { madeOf: row[5].split(" ").map(integer) } : {}),
      ...(typeof row[6] === "string" ? { rowOf: integer(row[6]) } : {}),
    });
  }
}

function readKeys(rows               , byOid                               )       {
  for (const row of rows.keys) {
    const relation = byOid.get(integer(row[0]));
    if (relation === undefined) continue;
    const names = new Map([...relation.columns.values()].map((column) => [column.attnum, column.name]));
    const key = catalogue_rows_text(row[1])
      .split(" ")
      .map((attnum) => names.get(integer(attnum)));
    if (key.every((name) => name !== undefined)) relation.keys.push(key);
  }
}

function readDependencies(rows               , byOid                               )       {
  const uses = new Map                     ();
  const calls = new Map                        ();
  for (const row of rows.dependencies) {
    const relation = byOid.get(integer(row[0]));
    if (relation === undefined) continue;
    if (row[1] !== "1") relation.rules = true;
    if (row[3] === "r") append(uses, relation.oid, () => new Set        ()).add(integer(row[2]));
    if (row[3] === "f") {
      append(calls, relation.oid, () => []).push({ schema: catalogue_rows_text(row[4]), name: catalogue_rows_text(row[5]) });
    }
  }
  for (const oid of uses.keys()) {
    const seen = new Set        ([oid]);
    const queue = [oid];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      for (const used of uses.get(next) ?? []) {
        if (!seen.has(used)) {
          seen.add(used);
          queue.push(used);
        }
      }
    }
    seen.delete(oid);
    const relation = byOid.get(oid);
    for (const used of seen) {
      const base = byOid.get(used);
      if (base !== undefined) relation?.bases.push(base);
    }
  }
  for (const relation of byOid.values()) {
    for (const oid of [relation.oid, ...relation.bases.map((base) => base.oid)]) {
      relation.functions.push(...(calls.get(oid) ?? []));
    }
  }
}

function index(rows               , byOid                               )            {
  const byName = new Map                    ();
  for (const relation of byOid.values()) append(byName, relation.name, () => []).push(relation);
  const builtins = new Set(rows.builtins.map((row) => catalogue_rows_text(row[0])));
  const functions = new Map                     ();
  const attributes = new Set        ();
  for (const row of rows.functions) {
    append(functions, catalogue_rows_text(row[1]), () => new Set        ()).add(catalogue_rows_text(row[0]));
    if (row[2]?.startsWith("t") === true) attributes.add(catalogue_rows_text(row[1]));
  }
  const operators = catalogue_readBehind(rows.operators);
  const casts = catalogue_readBehind(rows.casts);
  const schemas = new Map(rows.schemas.map((row) => [catalogue_rows_text(row[0]), catalogue_rows_text(row[1]).startsWith("t")]));
  return {
    usable: (schema) => schemas.get(schema),
    relation: (schema, name) => byName.get(name)?.find((relation) => relation.schema === schema),
    byOid: (oid) => byOid.get(oid),
    named: (name) => byName.get(name) ?? [],
    isBuiltin: (name) => builtins.has(name),
    functionSchemas: (name) => functions.get(name) ?? NONE,
    isAttributeFunction: (name) => attributes.has(name),
    hasOperators: operators.size > 0,
    operators: (name) => operators.get(name) ?? [],
    casts: (typeName) => casts.get(typeName) ?? [],
    unnamedCasts: rows.casts.flatMap(([, , schema, name, , context]) =>
      context === "i" || context === "a" ? [{ context, function: { schema: catalogue_rows_text(schema), name: catalogue_rows_text(name) } }] : [],
    ),
    relations: () => byOid.values(),
    code: buildCode(rows),
  };
}

function catalogue_readBehind(rows                            )                        {
  const found = new Map                  ();
  for (const row of rows) {
    append(found, catalogue_rows_text(row[1]), () => []).push({
      schema: catalogue_rows_text(row[0]),
      function: { schema: catalogue_rows_text(row[2]), name: catalogue_rows_text(row[3]) },
      compiled: catalogue_rows_text(row[4]).startsWith("t"),
    });
  }
  return found;
}

function append      (map           , key   , empty         )    {
  let value = map.get(key);
  if (value === undefined) {
    value = empty();
    map.set(key, value);
  }
  return value;
}

const NONE                      = new Set();

/** FirstNormalObjectId (access/transam.h): smaller oids are PostgreSQL's own objects. */
const FIRST_USER_OID = 16384;


/***/ }),

/***/ 8390:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   L: () => (/* binding */ SqlError)
/* harmony export */ });
/* harmony import */ var _gate_base__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(49489);
/** Errors of this package: only wrong use throws; whatever a command contains becomes facts. Pure. */


/**
 * PARSER_NOT_LOADED: `analyse` before `loadParser()` resolved.
 * CATALOGUE_TOO_LARGE: the database has more relations or columns than gate keeps in memory.
 * CATALOGUE_MALFORMED: rows that the catalogue queries cannot have returned.
 */
                                                                                               

class SqlError extends _gate_base__WEBPACK_IMPORTED_MODULE_0__/* .GateError */ .ue {
           code              ;

  constructor(code              , kind           , message        ) {
    super(kind, message);
    this.code = code;
  }
}


/***/ }),

/***/ 20874:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   X: () => (/* binding */ explainsByRunning)
/* harmony export */ });
/* harmony import */ var _tree_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(86897);
/** What the options of EXPLAIN mean. Pure. */
                                              


/** Does EXPLAIN run the statement? Only a plain false counts as no. */
function explainsByRunning(node            )          {
  return (0,_tree_js__WEBPACK_IMPORTED_MODULE_0__/* .list */ .p_)(node["options"]).some((each) => {
    const option = (0,_tree_js__WEBPACK_IMPORTED_MODULE_0__/* .asObject */ .eB)((0,_tree_js__WEBPACK_IMPORTED_MODULE_0__/* .asObject */ .eB)(each)["DefElem"]);
    if (((0,_tree_js__WEBPACK_IMPORTED_MODULE_0__/* .textOf */ .b6)(option["defname"]) ?? "").toLowerCase() !== "analyze") return false;
    const [type, value] = (0,_tree_js__WEBPACK_IMPORTED_MODULE_0__/* .only */ .j6)(option["arg"]);
    if (type === "String") return !["false", "off"].includes(((0,_tree_js__WEBPACK_IMPORTED_MODULE_0__/* .textOf */ .b6)(value["sval"]) ?? "").toLowerCase());
    if (type === "Integer") return value["ival"] !== undefined;
    return !(type === "Boolean" && value["boolval"] !== true);
  });
}


/***/ }),

/***/ 7937:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   PC: () => (/* binding */ labelsOf),
/* harmony export */   dr: () => (/* binding */ effectLabels),
/* harmony export */   x: () => (/* binding */ SAFE_LABEL)
/* harmony export */ });
/* unused harmony export FUNCTION_LABELS */
/* harmony import */ var _safe_functions_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(52152);
/**
 * What kind of side effect PostgreSQL's own functions have, as labels that a policy can name: `functions: [safe,
 * "@sequence"]`. Pure data. A function without any label is one of the server's inner parts (operators' and types' own
 * functions), or new.
 */


/** The labels of a function's name, `@safe` first; docs/policy.md lists what they stand for. */
const FUNCTION_LABELS                    = (/* unused pure expression or super */ null && ([
  "@safe",
  "@sequence",
  "@notify",
  "@settings",
  "@locks",
  "@sleep",
  "@transaction",
  "@monitoring",
  "@large_object",
  "@files",
  "@network",
  "@dynamic_sql",
  "@admin",
]));

/** The first that matches counts. */
const CLASSES                                         = [
  ["@sequence", /^(?:nextval|setval|currval|lastval|pg_sequence_last_value|pg_get_sequence_data)$/],
  ["@notify", /^(?:pg_notify|pg_listening_channels|pg_notification_queue_usage)$/],
  ["@settings", /^(?:set_config|setseed)$/],
  ["@locks", /^pg_(?:try_)?advisory_/],
  ["@sleep", /^pg_sleep(?:_for|_until)?$/],
  [
    "@transaction",
    /^(?:txid_(?:current|current_if_assigned|current_snapshot|status)|pg_current_(?:xact_id|xact_id_if_assigned|snapshot)|pg_xact_(?:status|commit_timestamp|commit_timestamp_origin)|pg_export_snapshot|pg_last_committed_xact)$/,
  ],
  [
    "@monitoring",
    /^(?:pg_stat_get_\w+|pg_stat_have_stats|pg_lock_status|pg_show_all_settings|pg_get_(?:wait_events|aios|backend_memory_contexts|shmem_allocations|shmem_allocations_numa|replication_slots)|pg_prepared_(?:statement|xact)|pg_cursor|pg_(?:safe_snapshot_)?blocking_pids|pg_control_\w+|pg_config|pg_current_wal_\w+|pg_last_(?:wal|xact)_\w+|pg_show_replication_origin_status|pg_jit_available|pg_available_extension\w*)$/,
  ],
  [
    "@files",
    /^(?:pg_read_file|pg_read_binary_file|pg_ls_\w+|pg_stat_file|pg_file_\w+|pg_current_logfile|pg_relation_filepath|pg_tablespace_location|pg_hba_file_rules|pg_ident_file_mappings|pg_show_all_file_settings|pg_get_loaded_modules|pg_wal_summary_contents|pg_available_wal_summaries|lo_import|lo_export)$/,
  ],
  ["@large_object", /^(?:lo_\w+|loread|lowrite)$/],
  ["@network", /^(?:dblink\w*|postgres_fdw_\w+)$/],
  [
    "@dynamic_sql",
    /^(?:(?:query|table|schema|database|cursor)_to_xml(?:schema|_and_xmlschema)?|ts_stat|ts_rewrite|dblink|dblink_exec|dblink_open|dblink_send_query|crosstab\w*|connectby|xpath_table)$/,
  ],
  [
    "@admin",
    /^(?:pg_(?:cancel|terminate)_backend|pg_reload_conf|pg_rotate_logfile|pg_backup_\w+|pg_switch_wal|pg_create_restore_point|pg_promote|pg_(?:is_)?wal_replay_\w+|pg_replication_\w+|pg_(?:create|copy|drop|sync)_\w*replication_slots?|pg_logical_\w+|pg_log_\w+|pg_stat_(?:reset\w*|clear_snapshot|force_next_flush)|pg_(?:restore|clear)_\w+_stats|brin_\w+|gin_clean_pending_list|pg_import_system_collations|binary_upgrade_\w+|pg_nextoid|pg_stop_making_pinned_objects|pg_extension_config_dump)$/,
  ],
];

/** Labels of a name in pg_catalog; of a compiled function elsewhere (an extension's) `effectLabels` alone. */
function labelsOf(name        )                                {
  let labels = LABELS.get(name);
  if (labels === undefined) {
    labels = _safe_functions_js__WEBPACK_IMPORTED_MODULE_0__/* .SAFE_FUNCTIONS */ .I.has(name) ? SAFE_LABEL : effectLabels(name);
    if (LABELS.size < LABELS_MAX) LABELS.set(name, labels);
  }
  return labels.length === 0 ? undefined : labels;
}

/** One at most, the gravest: a rule that allows a label must not let more through than the label says. */
function effectLabels(name        )                    {
  const found = CLASSES.find(([, pattern]) => pattern.test(name));
  return found === undefined ? [] : [found[0]];
}

/** Of a function that changes nothing, or whose body gate has read. */
const SAFE_LABEL                    = ["@safe"];

const LABELS = new Map                           ();
/** Names whose labels are remembered. */
const LABELS_MAX = 10_000;


/***/ }),

/***/ 46138:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   A: () => (/* binding */ ShutLiteral),
/* harmony export */   G: () => (/* binding */ Holes)
/* harmony export */ });
/** The constants of a parse tree, behind a fence that notices whoever looks at their values. Mutable, for templates.ts. */
                                              

class Holes {
  #read = false;
  #open = true;

  /** Has anything looked at a value? */
  get read()          {
    return this.#read;
  }

  /** What stands in the tree instead of a value. */
  over(value            )             {
    const look =    (result   )    => {
      this.#read = true;
      if (!this.#open) throw new ShutLiteral("a template's literal was looked at");
      return result;
    };
    return new Proxy            (value, {
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
  shut()       {
    this.#open = false;
  }
}

/** Something needs a literal of a tree that stands for many texts: what it works out would be right for one of them. */
class ShutLiteral extends TypeError {}


/***/ }),

/***/ 5614:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $h: () => (/* binding */ TAME_AGGREGATES),
/* harmony export */   AL: () => (/* binding */ TEXT_TYPES),
/* harmony export */   J9: () => (/* binding */ SCALAR_FUNCTIONS),
/* harmony export */   KA: () => (/* binding */ PASSING),
/* harmony export */   KQ: () => (/* binding */ SYSTEM_COLUMNS),
/* harmony export */   QS: () => (/* binding */ VARIADIC_FUNCTIONS),
/* harmony export */   Vp: () => (/* binding */ PATTERN_OPERATORS),
/* harmony export */   a7: () => (/* binding */ TAME_OPERATORS),
/* harmony export */   rD: () => (/* binding */ UNPACKING),
/* harmony export */   rV: () => (/* binding */ BUILDERS),
/* harmony export */   sk: () => (/* binding */ TAME_FUNCTIONS),
/* harmony export */   w6: () => (/* binding */ SET_RETURNING)
/* harmony export */ });
/**
 * Which functions and operators may be given a masked value where the result is replaced anyway: those that cannot
 * fail, take long or act depending on what the value is. With any other one the command itself would tell about the
 * value, by an error or by its time, so it counts as a test of the column. Pure data.
 *
 * All of them are PostgreSQL's own (pg_catalog).
 */

/** Any argument may be a masked value. */
const TAME_FUNCTIONS                      = words(
  `upper lower initcap casefold reverse md5 sha224 sha256 sha384 sha512 length char_length character_length octet_length
   bit_length ascii concat concat_ws quote_literal quote_ident quote_nullable strpos position starts_with to_hex
   text varchar bpchar name to_json to_jsonb row_to_json array_to_json json_build_object json_build_array
   jsonb_build_object jsonb_build_array json_strip_nulls jsonb_strip_nulls jsonb_pretty json_typeof jsonb_typeof
   pg_typeof pg_column_size num_nulls num_nonnulls xmltext pg_collation_for crc32 crc32c`,
);

/** Of these, the ones with more than one argument whose other forms cannot fail either; `varchar(x, 3, false)` can. */
const VARIADIC_FUNCTIONS                      = words(
  `concat concat_ws strpos position starts_with row_to_json array_to_json json_build_array jsonb_build_array
   json_strip_nulls jsonb_strip_nulls num_nulls num_nonnulls`,
);

/** Functions whose result is a text or a number, never an array or a document. */
const SCALAR_FUNCTIONS                      = words(
  `upper lower initcap casefold reverse md5 sha224 sha256 sha384 sha512 length char_length character_length octet_length
   bit_length ascii concat concat_ws quote_literal quote_ident quote_nullable strpos position starts_with to_hex text
   varchar bpchar name left right substr substring lpad rpad btrim ltrim rtrim replace translate split_part overlay
   repeat encode array_to_string string_agg count`,
);

/** Aggregates and window functions of any argument. */
const TAME_AGGREGATES                      = words(
  `count min max sum avg any_value string_agg array_agg json_agg json_agg_strict jsonb_agg jsonb_agg_strict
   json_object_agg json_object_agg_strict jsonb_object_agg jsonb_object_agg_strict bool_and bool_or every bit_and bit_or
   bit_xor xmlagg mode percentile_disc row_number rank dense_rank percent_rank cume_dist first_value last_value lag lead
   stddev stddev_pop stddev_samp variance var_pop var_samp`,
);

/** Functions whose result is of the type of their arguments. */
const PASSING                      = words(
  `min max sum avg any_value first_value last_value lag lead mode round trunc floor ceil ceiling abs sign`,
);

/** Aggregates and constructors whose result has as many elements as were put in, whatever they are. */
const BUILDERS                      = words(
  `array_agg json_agg jsonb_agg to_json to_jsonb row_to_json json_build_object json_build_array jsonb_build_object
   jsonb_build_array json_object_agg jsonb_object_agg`,
);

/** Functions that give rows: how many may depend on the value. */
const SET_RETURNING                      = words(
  `generate_series generate_subscripts unnest json_array_elements json_array_elements_text jsonb_array_elements
   jsonb_array_elements_text json_each json_each_text jsonb_each jsonb_each_text json_object_keys jsonb_object_keys
   json_populate_recordset jsonb_populate_recordset json_to_recordset jsonb_to_recordset jsonb_path_query
   jsonb_path_query_tz regexp_matches regexp_split_to_table string_to_table aclexplode pg_options_to_table ts_stat
   ts_parse ts_token_type json_to_record jsonb_to_record`,
);

/** Of these, the ones whose number of rows is that of elements or keys. */
const UNPACKING                      = words(
  `unnest json_array_elements json_array_elements_text jsonb_array_elements jsonb_array_elements_text json_each
   json_each_text jsonb_each jsonb_each_text json_object_keys jsonb_object_keys`,
);

const TAME_OPERATORS                      = words(
  `= <> != < > <= >= || -> ->> #> #>> @> <@ ? ?| ?& && ~~ !~~ ~~* !~~*`,
);

/** Patterns stand on their right: a bad one is an error. */
const PATTERN_OPERATORS                      = words(`~~ !~~ ~~* !~~*`);

/** Types that every value can be written as. */
const TEXT_TYPES                      = words(`text varchar bpchar name`);

const SYSTEM_COLUMNS                    = ["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"];

function words(text        )                      {
  return new Set(text.split(/\s+/).filter(Boolean));
}


/***/ }),

/***/ 52490:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  $f: () => (/* binding */ alignOrigins),
  KI: () => (/* binding */ maskAnalyser),
  y6: () => (/* binding */ refusedMasks)
});

// EXTERNAL MODULE: ./packages/sql/src/tree.js
var tree = __webpack_require__(86897);
;// CONCATENATED MODULE: ./packages/sql/src/copy-format.js
/** How the client gets the rows of COPY … TO STDOUT, as its options say. Pure. */
                                              


                             
                                           
                                      
                             
                         
                          
                                              
                            
                                    
                           
 

/** @returns undefined where the options leave it open: then its columns cannot be told apart. */
function copyFormat(node            )                         {
  const options = new Map                ();
  for (const each of (0,tree/* list */.p_)(node["options"])) {
    const option = (0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(each)["DefElem"]);
    const name = ((0,tree/* textOf */.b6)(option["defname"]) ?? "").toLowerCase();
    if (name === "force_quote") continue;
    const value = optionText(option);
    if (value === undefined || !KNOWN.has(name) || options.has(name)) return undefined;
    options.set(name, value);
  }
  const kind = (options.get("format") ?? "text").toLowerCase();
  if (kind !== "text" && kind !== "csv" && kind !== "binary") return undefined;
  if (!/^utf-?8$/i.test(options.get("encoding") ?? "utf8")) return undefined;
  const header = HEADERS.get((options.get("header") ?? "false").toLowerCase());
  const quote = options.get("quote") ?? '"';
  const format             = {
    kind,
    delimiter: options.get("delimiter") ?? (kind === "csv" ? "," : "\t"),
    quote,
    escape: options.get("escape") ?? quote,
    nullText: options.get("null") ?? (kind === "csv" ? "" : "\\N"),
    header: header === true,
  };
  const single = [format.delimiter, format.quote, format.escape].every((each) => /^[\x01-\x7f]$/.test(each));
  return header === undefined || !single ? undefined : format;
}

function optionText(option            )                     {
  const [type, value] = (0,tree/* only */.j6)(option["arg"]);
  switch (type) {
    case "":
      return option["arg"] === undefined ? "true" : undefined;
    case "String":
      return (0,tree/* textOf */.b6)(value["sval"]) ?? "";
    case "Boolean":
      return String(value["boolval"] === true);
    case "Integer":
      return typeof value["ival"] === "number" ? String(value["ival"]) : "0";
    default:
      return undefined;
  }
}

const KNOWN                      = new Set([
  "format",
  "delimiter",
  "null",
  "header",
  "quote",
  "escape",
  "encoding",
  "freeze",
  "oids",
]);
/** As defGetBoolean reads it; `match` is for COPY FROM only. */
const HEADERS                               = new Map([
  ["true", true],
  ["on", true],
  ["1", true],
  ["false", false],
  ["off", false],
  ["0", false],
]);

// EXTERNAL MODULE: ./packages/sql/src/holes.js
var holes = __webpack_require__(46138);
// EXTERNAL MODULE: ./packages/sql/src/explain.js
var explain = __webpack_require__(20874);
// EXTERNAL MODULE: ./packages/sql/src/names.js + 1 modules
var src_names = __webpack_require__(26975);
// EXTERNAL MODULE: ./packages/sql/src/nodes.js
var nodes = __webpack_require__(85820);
// EXTERNAL MODULE: ./packages/sql/src/safe-functions.js
var safe_functions = __webpack_require__(52152);
// EXTERNAL MODULE: ./packages/sql/src/lineage/functions.js
var functions = __webpack_require__(5614);
;// CONCATENATED MODULE: ./packages/sql/src/lineage/value.js
/** What is known of where a value comes from. Pure. */

/** Keys of masked columns (`${tableOid}/${attnum}`); "*" stands for every masked column. */
                                        

                        
                                                   
                        
                                                            
                                       
     
                                                                                                                      
                      
     
                         
     
                                                                                                                      
                                                                                        
     
                           
                                                                                        
                           
                                                                                                      
                            
 

                         
                                                                      
                                    
                        
                                                       
                          
                                          
                            
 

const NO_TAINT        = new Set();
const EVERYTHING = "*";
const CLEAN        = { taint: NO_TAINT, tame: true };
const CLEAN_SCALAR        = { ...CLEAN, scalar: true };
/** It may be made of anything, in any way. */
const UNKNOWN        = { taint: new Set([EVERYTHING]), tame: false };

function isTainted(value       )          {
  return value.taint.size > 0;
}

function unionTaint(values                  )        {
  let first        = NO_TAINT;
  let merged                         ;
  for (const { taint } of values) {
    if (taint.size === 0 || taint === first) continue;
    if (first.size === 0) first = taint;
    else {
      merged ??= new Set(first);
      for (const key of taint) merged.add(key);
    }
  }
  return merged ?? first;
}

/** Made of all of these. */
function derived(values                  , tame = true)        {
  const all = tame && values.every((value) => value.tame);
  return values.some((value) => value.heavy === true || !value.tame)
    ? { taint: unionTaint(values), tame: all, heavy: true }
    : { taint: unionTaint(values), tame: all };
}

/** As another query sees it: how it was computed was judged where it was. */
function settled(value       )        {
  if (value.tame && value.built !== true) return value;
  const { taint, direct, scalar = false } = value;
  return value.heavy === true || !value.tame
    ? { taint, direct, tame: true, heavy: true, scalar }
    : { taint, direct, tame: true, scalar };
}

/** The value of either, by some rule that gate does not look at. */
function either(a       , b       )        {
  const direct = a.direct !== undefined && a.direct === b.direct ? a.direct : undefined;
  return { ...derived([a, b]), direct, scalar: a.scalar === true && b.scalar === true };
}

/** Of these some may be left out, depending on others. */
function conditional(value       )        {
  return isTainted(value) && value.heavy === true ? { ...value, tame: false } : value;
}

;// CONCATENATED MODULE: ./packages/sql/src/lineage/tame.js
/**
 * Whether calling a function or operator with masked values tells about them by failing or by its size. A value can be
 * NULL depending on a masked one (`nullif(ssn, …)`), and a strict function that would fail for its other arguments then
 * does not: so those have to be constants that cannot fail. Pure.
 */
                                                     




/** A masked value stands among the arguments, and they may be computed without telling about it. */
function isTameCall(name        , node            , args                  )          {
  const nodes = (0,tree/* list */.p_)(node["args"]);
  if (node["func_variadic"] === true || mixesHeavy(args)) return false;
  if (name === "json_build_object" || name === "jsonb_build_object")
    return !args.some((value, at) => at % 2 === 0 && isTainted(value));
  if (functions/* TAME_FUNCTIONS */.sk.has(name)) return args.length <= 1 || functions/* VARIADIC_FUNCTIONS */.QS.has(name);
  if (functions/* TAME_AGGREGATES */.$h.has(name)) return isTameAggregate(name, args);
  const others = FIRST.get(name);
  if (others === undefined || args.slice(1).some(isTainted)) return false;
  if (name === "abs" && args[0]?.direct === undefined) return false;
  return nodes.slice(1).every((each, at) => others[at]?.(each) === true);
}

/** A clean operand of any size beside a masked one: whether the two fit together tells whether the other is NULL. */
function mixesHeavy(values                  )          {
  return values.some(isTainted) && values.some((value) => !isTainted(value) && value.heavy === true);
}

function isTameAggregate(name        , args                  )          {
  const [first] = args;
  // Sums overflow and bit strings differ in length, where a CASE chooses what is added; keys must not be NULL.
  if (SUMS.has(name)) return first?.direct !== undefined;
  if (KEYED.has(name)) return first === undefined || !isTainted(first);
  if (name === "array_agg") return first === undefined || !isTainted(first) || first.scalar === true;
  return true;
}

                                     

/** @returns undefined: no whole number that is written out. */
function integer(node      )                     {
  const [type, constant] = (0,tree/* only */.j6)(node);
  if (type !== "A_Const" || constant["isnull"] === true) return undefined;
  if (!Object.hasOwn(constant, "ival")) return undefined;
  const value = (0,tree/* asObject */.eB)(constant["ival"])["ival"] ?? 0;
  return typeof value === "number" ? value : undefined;
}

const between =
  (min        , max        )        =>
  (node) => {
    const value = integer(node);
    return value !== undefined && value >= min && value <= max;
  };

/** A text that is written out. */
function constantText(node                  )                     {
  const [type, constant] = (0,tree/* only */.j6)(node);
  if (type !== "A_Const" || !Object.hasOwn(constant, "sval")) return undefined;
  return (0,tree/* textOf */.b6)((0,tree/* asObject */.eB)(constant["sval"])["sval"]) ?? "";
}

const TEXT        = (node) => (constantText(node)?.length ?? Infinity) <= CONSTANT_CHARS_MAX;
const ENCODING        = (node) => /^(?:hex|base64|escape)$/i.test(constantText(node) ?? "");
const PLACE = between(-1_000_000, 1_000_000);
const LENGTH = between(0, 1_000_000);
const PAD = between(-1_000_000, 1_000);
const SCALE = between(-100, 100);

/** What the arguments behind the first may be. */
const FIRST                                        = new Map                          ([
  ["left", [PLACE]],
  ["right", [PLACE]],
  ["substr", [PLACE, LENGTH]],
  ["substring", [PLACE, LENGTH]],
  ["lpad", [PAD, TEXT]],
  ["rpad", [PAD, TEXT]],
  ["btrim", [TEXT]],
  ["ltrim", [TEXT]],
  ["rtrim", [TEXT]],
  ["replace", [TEXT, TEXT]],
  ["translate", [TEXT, TEXT]],
  ["split_part", [TEXT, (node) => integer(node) !== 0 && PLACE(node)]],
  ["overlay", [TEXT, between(1, 1_000_000), LENGTH]],
  ["repeat", [between(-1_000_000, 100)]],
  ["encode", [ENCODING]],
  ["array_to_string", [TEXT, TEXT]],
  ["array_length", [PLACE]],
  ["array_upper", [PLACE]],
  ["array_lower", [PLACE]],
  ["round", [SCALE]],
  ["trunc", [SCALE]],
  ...["array_ndims", "cardinality", "floor", "ceil", "ceiling", "abs", "sign"].map((name)                    => [
    name,
    [],
  ]),
  ...["isfinite", "family", "host", "masklen", "abbrev"].map((name)                    => [name, []]),
]);

const SUMS = new Set(
  "sum avg stddev stddev_pop stddev_samp variance var_pop var_samp bit_and bit_or bit_xor".split(" "),
);
const KEYED = new Set(
  "json_object_agg json_object_agg_strict jsonb_object_agg jsonb_object_agg_strict percentile_disc".split(" "),
);
/** Longest text beside a masked value that cannot make much of it, in characters. */
const CONSTANT_CHARS_MAX = 1_000;

;// CONCATENATED MODULE: ./packages/sql/src/lineage/call.js
/** What a function's result is made of, and whether calling it tells about its arguments. Pure. */
                                               






                                    
                                        


function call(run     , node            , scope       )        {
  const names = (0,tree/* strings */.P$)(node["funcname"]);
  const name = names.at(-1) ?? "";
  const args = (0,tree/* list */.p_)(node["args"]).map((each) => expression(run, each, scope));
  const order = derived((0,tree/* list */.p_)(node["agg_order"]).map((each) => expression(run, each, scope)));
  const filter = expression(run, node["agg_filter"], scope);
  const over = call_window(run, node, scope);
  const all = derived([...args, order, filter, over]);
  if (!isBuiltin(run, names)) return isTainted(all) ? elsewhere(run, all) : UNKNOWN;
  if (!safe_functions/* SAFE_FUNCTIONS */.I.has(name)) return isTainted(all) ? elsewhere(run, all) : { ...CLEAN, heavy: true };
  const light = functions/* TAME_FUNCTIONS */.sk.has(name) || functions/* TAME_AGGREGATES */.$h.has(name);
  if (!isTainted(all))
    return { ...all, scalar: isScalar(name, args), built: functions/* BUILDERS */.rV.has(name), heavy: all.heavy === true || !light };
  if (functions/* SET_RETURNING */.w6.has(name)) return rows(run, name, args, all);
  if (name === "count" && node["agg_distinct"] !== true && args.every((each) => counts(run, each))) {
    // How many rows there are, and how many are not NULL, every masked result shows as well.
    return derived([order, filter, over]);
  }
  const tame = isTameCall(name, node, args) || (name === "convert_to" && isUtf8(node));
  const filtered = isTainted(filter) ? conditional(all) : all;
  const heavy = all.heavy === true || !light;
  const built = functions/* BUILDERS */.rV.has(name) && !isTainted(filter);
  return { ...filtered, tame: filtered.tame && tame, heavy, built, scalar: isScalar(name, args) };
}

function isScalar(name        , args                  )          {
  return functions/* SCALAR_FUNCTIONS */.J9.has(name) || (functions/* PASSING */.KA.has(name) && args.every((value) => value.scalar === true));
}

function counts(run     , value       )          {
  if (!isTainted(value)) return true;
  const action = run.masked.byColumn.get(value.direct ?? "")?.action.kind;
  return action !== undefined && action !== "null";
}

function rows(run     , name        , args                  , all       )        {
  const visible = functions/* UNPACKING */.rD.has(name) && args.every((each) => !isTainted(each) || each.built === true);
  if (!visible) run.tests(all);
  return { taint: all.taint, tame: all.tame, heavy: true };
}

/** The value goes where no mask follows it: a setting, a sequence, a notification, code that gate does not know. */
function elsewhere(run     , all       )        {
  run.refuse("a masked value is handed to a function that gate cannot follow");
  return { taint: all.taint, tame: false };
}

function call_window(run     , node            , scope       )        {
  if (node["over"] === undefined) return CLEAN;
  return derived([bare(run, "WindowDef", (0,tree/* asObject */.eB)(node["over"]), scope), scope.windows ?? CLEAN]);
}

function isBuiltin(run     , names                   )          {
  const { items } = (0,src_names/* findFunction */.W$)(run.space, names.length > 1 ? names.at(-2) : undefined, names.at(-1) ?? "");
  return items.length > 0 && items.every((item) => item.name.startsWith("pg_catalog."));
}

function isUtf8(node            )          {
  const [type, constant] = (0,tree/* only */.j6)((0,tree/* list */.p_)(node["args"])[1]);
  return type === "A_Const" && /^utf-?8$/i.test((0,tree/* textOf */.b6)((0,tree/* asObject */.eB)(constant["sval"])["sval"]) ?? "");
}

;// CONCATENATED MODULE: ./packages/sql/src/lineage/scope.js
/**
 * Which columns a name can mean inside a query, as parse_relation.c and parse_expr.c find them. Where more than one can
 * be meant, the answer is made of all of them. Pure.
 */
                                               



/** What a FROM item, a CTE or a sub-select gives. */
                      
                                      
 

/** A relation under the name that qualifies its columns. */
                        
                        
                                                    
                                      
                    
 

/** One item of FROM: a join has several names, and one list of columns. */
                           
                                   
                                                   
                                      
                                                           
                                   
 

                        
                                      
                                    
                                  
                                                    
                           
 

/** Names of WITH, the innermost clause first. */
                       
                                                  
                                   
 

const NOWHERE        = { items: [], outer: undefined, ctes: undefined };

function findCte(scope       , name        )                          {
  for (let each = scope.ctes; each !== undefined; each = each.outer) {
    const found = each.tables.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What a name alone can mean: a column of any level, and only then a whole row. */
function findName(scope       , name        )        {
  const possible          = [];
  for (let level                    = scope; level !== undefined; level = level.outer) {
    const columns = level.items.flatMap((item) => (item.qualifiedOnly === true ? [] : item.columns));
    const exact = columns.filter((column) => column.name === name && column.many !== true);
    // Were there another of this name among those that are not known, the server would refuse the name as ambiguous.
    if (exact.length > 0) return choose([...possible, ...exact.map(({ value }) => value)]);
    for (const column of columns) if (column.name === undefined || column.many === true) possible.push(column.value);
  }
  const named = findNamed(scope, undefined, name);
  if (named !== undefined && possible.length === 0) return wholeRow(named.rel);
  if (named !== undefined) possible.push(wholeRow(named.rel));
  return possible.length === 0 ? anythingIn(scope) : { ...choose(possible), direct: undefined };
}

/** The relation that a qualifier means: the innermost of this name. */
function findNamed(scope                   , schema                    , name        )                    {
  for (let level = scope; level !== undefined; level = level.outer) {
    for (const item of level.items) {
      for (const named of item.names) {
        if (named.name === name && (schema === undefined || named.schema === schema)) return named;
      }
    }
  }
  return undefined;
}

/** The row type of a reference that can only mean a whole row. */
function rowNamed(scope       , reference            )                  {
  const names = (0,tree/* strings */.P$)(reference["fields"]);
  const name = names[0];
  if (name === undefined || names.length !== 1 || (0,tree/* list */.p_)(reference["fields"]).length !== 1) return undefined;
  for (let level                    = scope; level !== undefined; level = level.outer) {
    for (const item of level.items) {
      if (item.qualifiedOnly === true) continue;
      if (item.columns.some((each) => each.name === name || each.name === undefined || each.many === true))
        return undefined;
    }
  }
  return findNamed(scope, undefined, name)?.rel;
}

/** `qualifier.name`, whose relation is known. */
function columnOf(rel     , name        )        {
  const exact = rel.columns.filter((column) => column.name === name && column.many !== true);
  if (exact.length > 0) return choose(exact.map((column) => column.value));
  const possible = rel.columns.filter((column) => column.name === undefined || column.many === true);
  if (possible.length > 0) return { ...choose(possible.map((column) => column.value)), direct: undefined };
  // Perhaps a function written like an attribute: it gets the whole row.
  return { ...wholeRow(rel), tame: false };
}

/** All of a row in one value. */
function wholeRow(rel     )        {
  return {
    ...derived(rel.columns.map((column) => settled(column.value))),
    direct: undefined,
    built: true,
    scalar: true,
  };
}

function starOf(columns                   )                    {
  return columns.filter((column) => column.hidden !== true);
}

/** Everything that any name here could mean. */
function anythingIn(scope                   )        {
  const values          = [];
  for (let level = scope; level !== undefined; level = level.outer) {
    for (const item of level.items) {
      for (const { rel } of item.names) values.push(wholeRow(rel));
      for (const column of item.columns) values.push(column.value);
    }
  }
  return { ...derived(values), direct: undefined, tame: false };
}

/** `AS alias (a, b)`: the first columns get these names. */
function renamed(rel     , names                   )      {
  if (names.length === 0) return rel;
  const at = rel.columns.findIndex((column) => column.many === true);
  // How many names a column that stands for several takes is not known: then every one may be any.
  if (at >= 0 && at < names.length) {
    const value = derived(rel.columns.map((column) => column.value));
    const hidden = rel.columns.filter((column) => column.hidden === true);
    return { columns: [{ name: undefined, value, many: true }, ...hidden] };
  }
  let place = 0;
  return {
    columns: rel.columns.map((column) => {
      if (column.hidden === true || place >= names.length) return column;
      return { ...column, name: names[place++] };
    }),
  };
}

function choose(values                  )        {
  const [first, ...rest] = values.map(settled);
  if (first === undefined) return CLEAN;
  if (rest.length === 0) return first;
  const direct = rest.every((value) => value.direct === first.direct) ? first.direct : undefined;
  return { ...derived(values), direct, tame: true, scalar: values.every((value) => value.scalar === true) };
}

function unknownRel()      {
  return { columns: [{ name: undefined, value: UNKNOWN, many: true }] };
}

function openRel(value       )      {
  return { columns: [{ name: undefined, value: settled(value), many: true }] };
}

// EXTERNAL MODULE: ./packages/sql/src/node-tree.js
var node_tree = __webpack_require__(30146);
;// CONCATENATED MODULE: ./packages/sql/src/lineage/view.js
/**
 * What the columns of a view are made of, read from its rewrite rule (pg_node_tree): there every column is an oid and a
 * number, so no name has to be looked up again. Nodes that are not known count with everything in them. Pure.
 */



/** @returns the values of the columns in order; undefined when the rule cannot be read. */
function viewColumns(
  definition        ,
  column                                             ,
)                               {
  const tree = (0,node_tree/* parseNodeTree */.ol)(definition);
  const queries = tree === undefined ? [] : (0,node_tree/* isList */.Lv)(tree) ? tree : [tree];
  const [query] = queries;
  if (queries.length !== 1 || query === undefined || typeof query === "string" || (0,node_tree/* isList */.Lv)(query)) return undefined;
  if (query.type !== "QUERY") return undefined;
  return new Reader(column).query(query, undefined);
}

                 
                          
                                       
                                    
 

class Reader {
           #column                                             ;
           #open = new Set          ();
  #work = 0;

  constructor(column                                             ) {
    this.#column = column;
  }

  query(node          , outer                   )                   {
    const level        = { node, table: listOf(node, "rtable"), outer };
    const columns          = [];
    const setOperation = first(node, "setOperations");
    for (const entry of listOf(node, "targetList")) {
      if (typeof entry === "string" || (0,node_tree/* isList */.Lv)(entry) || first(entry, "resjunk") === "true") continue;
      const number = Number(first(entry, "resno"));
      const values =
        typeof setOperation === "object" && !(0,node_tree/* isList */.Lv)(setOperation)
          ? this.#arms(setOperation, number, level)
          : [this.#value(entry.fields.get("expr"), level)];
      columns[number - 1] = values.length === 1 ? (values[0] ?? CLEAN) : derived(values);
    }
    return Array.from(columns, (value) => value ?? CLEAN);
  }

  /** The column of this number in every arm of a UNION, INTERSECT or EXCEPT. */
  #arms(node          , number        , level       )          {
    if (node.type === "RANGETBLREF") return [this.#entryColumn(Number(first(node, "rtindex")), number, level)];
    return ["larg", "rarg"].flatMap((side) => {
      const arm = first(node, side);
      return typeof arm === "object" && !(0,node_tree/* isList */.Lv)(arm) ? this.#arms(arm, number, level) : [];
    });
  }

  /** A single column reference stays that column; anything else is made of all that it holds. */
  #value(parts                                  , level       )        {
    const [part] = parts ?? [];
    if (parts?.length === 1 && typeof part === "object" && !(0,node_tree/* isList */.Lv)(part) && part.type === "VAR") {
      return this.#var(part, level);
    }
    return { ...derived(this.#inside(parts ?? [], level)), heavy: true };
  }

  #inside(parts                      , level       )          {
    const values          = [];
    for (const part of parts) {
      if (++this.#work > VIEW_NODES_MAX) throw new RangeError("a view of too many parts");
      if (typeof part === "string") continue;
      if ((0,node_tree/* isList */.Lv)(part)) values.push(...this.#inside(part, level));
      else if (part.type === "VAR") values.push(this.#var(part, level));
      else if (part.type === "QUERY") values.push(this.#anyOf(part, level));
      else for (const field of part.fields.values()) values.push(...this.#inside(field, level));
    }
    return values;
  }

  /** A sub-query inside an expression: its columns, and what its conditions look at. */
  #anyOf(query          , outer       )        {
    const level        = { node: query, table: listOf(query, "rtable"), outer };
    const own = [...query.fields].filter(([name]) => name !== "rtable" && name !== "cteList").map(([, value]) => value);
    return derived([...this.query(query, outer), ...own.flatMap((value) => this.#inside(value, level))]);
  }

  #var(node          , level       )        {
    let at                    = level;
    for (let up = Number(first(node, "varlevelsup") ?? 0); up > 0; up--) at = at?.outer;
    if (at === undefined) throw new RangeError("a column of no query");
    return this.#entryColumn(Number(first(node, "varno")), Number(first(node, "varattno")), at);
  }

  /** Column `number` of an entry of the range table; 0 is the whole row, negative numbers are system columns. */
  #entryColumn(index        , number        , level       )        {
    const entry = level.table[index - 1];
    if (typeof entry !== "object" || (0,node_tree/* isList */.Lv)(entry)) throw new RangeError("a column of no relation");
    const relation = Number(first(entry, "relid") ?? 0);
    const kind = first(entry, "rtekind");
    if (relation > 0 && kind === "0") return number < 0 ? CLEAN : this.#column(relation, number);
    // A query that uses itself (WITH RECURSIVE) adds nothing by that.
    if (++this.#work > VIEW_NODES_MAX) throw new RangeError("a view of too many parts");
    const subquery = first(entry, "subquery");
    if (kind === "1" && typeof subquery === "object" && !(0,node_tree/* isList */.Lv)(subquery)) {
      const columns = this.query(subquery, level);
      return number > 0 ? (columns[number - 1] ?? derived(columns)) : derived(columns);
    }
    if (kind === "2") {
      const alias = listOf(entry, "joinaliasvars");
      const one = number > 0 ? alias[number - 1] : undefined;
      return this.#value(one === undefined ? alias : [one], level);
    }
    if (kind === "6") return this.#cte(entry, number, level);
    // Functions, VALUES, XMLTABLE and what later versions add: made of everything in them.
    const inner = derived([...entry.fields.values()].flatMap((value) => this.#inside(value, level)));
    return { ...inner, heavy: true };
  }

  #cte(entry          , number        , level       )        {
    const name = first(entry, "ctename");
    let at                    = level;
    for (let up = Number(first(entry, "ctelevelsup") ?? 0); up > 0; up--) at = at?.outer;
    for (const each of at === undefined ? [] : listOf(at.node, "cteList")) {
      if (typeof each === "string" || (0,node_tree/* isList */.Lv)(each) || first(each, "ctename") !== name) continue;
      const query = first(each, "ctequery");
      if (typeof query !== "object" || (0,node_tree/* isList */.Lv)(query)) break;
      if (this.#open.has(query)) return CLEAN;
      this.#open.add(query);
      try {
        const columns = this.query(query, at);
        const recursive = first(each, "cterecursive") === "true";
        const all = recursive || number <= 0 || number > columns.length;
        return all ? derived(columns) : (columns[number - 1] ?? CLEAN);
      } finally {
        this.#open.delete(query);
      }
    }
    throw new RangeError("a name of WITH that is not there");
  }
}

function first(node          , field        )                        {
  return node.fields.get(field)?.[0];
}

function listOf(node          , field        )                       {
  const value = first(node, field);
  return value !== undefined && typeof value !== "string" && (0,node_tree/* isList */.Lv)(value) ? value : [];
}

/** Nodes of a view's rule that are followed, each time they are come by. */
const VIEW_NODES_MAX = 1_000_000;

;// CONCATENATED MODULE: ./packages/sql/src/lineage/relation.js
/** What a relation of the catalogue gives: a table's own columns, a view's through its query. Pure. */
                                                                       

                                    




function relationRel(run     , relation          )      {
  if (!run.masked.relations.has(relation.oid)) {
    // Of PostgreSQL's own relations the columns are not known, but none of them is masked.
    if (relation.system || relation.columns.size === 0) return CLEAN_REL;
    return { columns: [...ordered(relation).map(clean), ...SYSTEM] };
  }
  if (relation.kind === "v" || relation.kind === "m") return viewRel(run, relation);
  return {
    columns: [
      ...ordered(relation).map((column)         => ({ name: column.name, value: masked(run, relation.oid, column) })),
      ...SYSTEM,
    ],
  };
}

/** The columns in the order of `*`. */
function ordered(relation          )                {
  return [...relation.columns.values()].sort((a, b) => a.attnum - b.attnum);
}

function viewRel(run     , relation          )      {
  const known = run.views.get(relation.oid);
  if (known !== undefined) return known;
  // While it is read, and where it cannot be: all of it may be made of whatever is masked below it.
  run.views.set(relation.oid, everythingBelow(run, relation));
  const rel = readView(run, relation) ?? everythingBelow(run, relation);
  run.views.set(relation.oid, rel);
  return rel;
}

function readView(run     , relation          )                  {
  if (relation.definition === undefined) return undefined;
  let values                              ;
  try {
    values = viewColumns(relation.definition, (oid, attnum) => columnNumbered(run, oid, attnum));
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
  }
  const columns = ordered(relation);
  if (values === undefined || values.length !== columns.length) return undefined;
  const read = columns.map(({ name }, place)         => ({ name, value: settled(values[place] ?? CLEAN) }));
  return own(run, relation, { columns: [...read, ...SYSTEM] });
}

function columnNumbered(run     , oid        , attnum        )        {
  const relation = run.space.catalogue.byOid(oid);
  if (relation === undefined) return UNKNOWN;
  const rel = relationRel(run, relation);
  if (attnum === 0) return wholeRow(rel);
  const name = ordered(relation).find((column) => column.attnum === attnum)?.name;
  return name === undefined ? (relation.system ? CLEAN : wholeRow(rel)) : columnOf(rel, name);
}

/** A mask that names a column of the view itself adds to what comes from its tables. */
function own(run     , relation          , rel     )      {
  const keys = new Map(ordered(relation).map(({ name, attnum }) => [name, `${relation.oid}/${attnum}`]         ));
  return {
    columns: rel.columns.map((column) => {
      const key = keys.get(column.name ?? "");
      if (key === undefined || column.hidden === true || !run.masked.byColumn.has(key)) {
        return { ...column, value: settled(column.value) };
      }
      return { ...column, value: { taint: new Set([...column.value.taint, key]), direct: key, tame: true } };
    }),
  };
}

function everythingBelow(run     , relation          )      {
  const below = new Set([relation.oid, ...relation.bases.map((base) => base.oid)]);
  const taint = new Set        ();
  for (const key of run.masked.byColumn.keys()) if (below.has(Number(key.split("/")[0]))) taint.add(key);
  const value        = { taint, tame: true };
  return { columns: [...ordered(relation).map(({ name }) => ({ name, value })), ...SYSTEM] };
}

function masked(run     , oid        , column             )        {
  const key = `${oid}/${column.attnum}`;
  if (!run.masked.byColumn.has(key)) return clean(column).value;
  return { taint: new Set([key]), direct: key, tame: true, scalar: SCALAR_TYPE_OIDS.has(column.typeOid) };
}

function clean({ name, typeOid }             )         {
  return { name, value: SCALAR_TYPE_OIDS.has(typeOid) ? CLEAN_SCALAR : CLEAN };
}

const SYSTEM                    = functions/* SYSTEM_COLUMNS */.KQ.map((name) => ({ name, value: CLEAN, hidden: true }));
/** bool, int8, int2, int4, text, float4, float8, bpchar, varchar, numeric, uuid. */
const SCALAR_TYPE_OIDS                      = new Set([16, 20, 21, 23, 25, 700, 701, 1042, 1043, 1700, 2950]);
const CLEAN_REL      = { columns: [{ name: undefined, value: CLEAN, many: true }] };

;// CONCATENATED MODULE: ./packages/sql/src/lineage/from.js
/** What the items of FROM give, and under which names. Pure. */
                                                     





                                    




/** `scope` has what stands outside, and whatever is beside these items already. */
function fromList(run     , items                 , scope       )             {
  const found             = [...scope.items];
  for (const item of items) found.push(fromItem(run, item, { ...scope, items: [...found] }));
  return found;
}

/** `beside`: the scope that LATERAL sees. */
function fromItem(run     , json      , beside       )           {
  run.visit();
  const [type, node] = (0,tree/* only */.j6)(json);
  switch (type) {
    case "RangeVar":
      return named(rangeVar(run, node, beside), node, (0,tree/* textOf */.b6)(node["relname"]) ?? "", schemaOf(run, node));
    case "RangeSubselect": {
      const [, query] = (0,tree/* only */.j6)(node["subquery"]);
      const scope = node["lateral"] === true ? beside : outside(beside);
      return named(select_select(run, query, scope), node, "", undefined);
    }
    case "RangeFunction":
      return rangeFunction(run, node, beside);
    case "RangeTableFunc":
      return rangeTable(run, node, beside);
    case "JsonTable":
      return jsonTable(run, node, beside);
    case "RangeTableSample": {
      const item = fromItem(run, node["relation"] ?? null, beside);
      run.tests(derived([expression(run, node["args"], beside), expression(run, node["repeatable"], beside)]));
      return item;
    }
    case "JoinExpr":
      return joined(run, node, beside);
    default:
      return { names: [], columns: unknownRel().columns };
  }
}

/** The relation, view or name of WITH that a RangeVar means, without its alias. */
function rangeVar(run     , node            , scope       )      {
  const schema = (0,tree/* textOf */.b6)(node["schemaname"]);
  const name = (0,tree/* textOf */.b6)(node["relname"]) ?? "";
  const cte = schema === undefined ? findCte(scope, name) : undefined;
  return cte === undefined ? relationNamed(run, schema, name) : cte();
}

function relationNamed(run     , schema                    , name        )      {
  const found = (0,src_names/* findRelation */.Ik)(run.space, schema, name);
  if (!found.complete) return unknownRel();
  const rels = found.relations.map((relation) => relationRel(run, relation));
  const [first] = rels;
  if (first === undefined) return CLEAN_REL;
  if (found.items.length === 1 && rels.length === 1) return first;
  // A temporary relation may stand before it, of whatever columns.
  return openRel(derived(rels.flatMap((rel) => rel.columns.map(({ value }) => value))));
}

function named(rel     , node            , name        , schema                    )           {
  const alias = (0,tree/* asObject */.eB)(node["alias"]);
  const aliasName = (0,tree/* textOf */.b6)(alias["aliasname"]);
  const own = renamed(rel, (0,tree/* strings */.P$)(alias["colnames"]));
  return {
    names: [{ name: aliasName ?? name, schema: aliasName === undefined ? schema : undefined, rel: own }],
    columns: own.columns,
  };
}

function schemaOf(run     , node            )                     {
  const schema = (0,tree/* textOf */.b6)(node["schemaname"]);
  if (schema !== undefined) return schema;
  return (0,src_names/* findRelation */.Ik)(run.space, undefined, (0,tree/* textOf */.b6)(node["relname"]) ?? "").relations[0]?.schema;
}

function rangeFunction(run     , node            , beside       )           {
  const values          = [];
  for (const item of (0,tree/* list */.p_)(node["functions"])) {
    const [first] = (0,tree/* list */.p_)((0,tree/* only */.j6)(item)[1]["items"]);
    const [type, inner] = (0,tree/* only */.j6)(first);
    const value = type === "FuncCall" ? call(run, inner, beside) : expression(run, first, beside);
    values.push(run.finished(value));
  }
  const value = settled(derived(values));
  const alias = (0,tree/* asObject */.eB)(node["alias"]);
  const name = (0,tree/* textOf */.b6)(alias["aliasname"]) ?? functionName(node);
  // Which columns a function gives is not worked out: any name may be one of them.
  const column        = { ...value, direct: undefined };
  const many         = { name: undefined, value: column, many: true };
  const given = (0,tree/* strings */.P$)(alias["colnames"]).map((each)         => ({ name: each, value: column, hidden: true }));
  const rel      = { columns: [many, ...given] };
  return { names: [{ name, schema: undefined, rel }], columns: rel.columns };
}

function functionName(node            )         {
  const [first] = (0,tree/* list */.p_)((0,tree/* only */.j6)((0,tree/* list */.p_)(node["functions"])[0])[1]["items"]);
  return (0,tree/* strings */.P$)((0,tree/* only */.j6)(first)[1]["funcname"]).at(-1) ?? "";
}

function rangeTable(run     , node            , beside       )           {
  const columns = (0,tree/* list */.p_)(node["columns"]).map((each) => (0,tree/* only */.j6)(each)[1]);
  const parts = [node["docexpr"], node["rowexpr"], node["namespaces"]];
  for (const column of columns) parts.push(column["colexpr"], column["coldefexpr"]);
  const value = derived(parts.map((each) => expression(run, each, beside)));
  // How many rows there are depends on what is in the document.
  run.tests(value);
  return table(
    columns.map((column) => (0,tree/* textOf */.b6)(column["colname"])),
    value,
    node,
  );
}

function jsonTable(run     , node            , beside       )           {
  const names                         = [];
  const values          = [expression(run, (0,tree/* asObject */.eB)(node["context_item"])["raw_expr"], beside)];
  for (const argument of (0,tree/* list */.p_)(node["passing"])) {
    values.push(expression(run, (0,tree/* asObject */.eB)((0,tree/* asObject */.eB)((0,tree/* only */.j6)(argument)[1])["val"])["raw_expr"], beside));
  }
  const collect = (items                 )       => {
    for (const item of items) {
      const [, column] = (0,tree/* only */.j6)(item);
      const nested = (0,tree/* list */.p_)(column["columns"]);
      if (nested.length > 0) collect(nested);
      else names.push((0,tree/* textOf */.b6)(column["name"]));
      for (const key of ["on_empty", "on_error"]) values.push(expression(run, (0,tree/* asObject */.eB)(column[key])["expr"], beside));
    }
  };
  collect((0,tree/* list */.p_)(node["columns"]));
  const value = derived(values);
  run.tests(value);
  return table(names, value, node);
}

function table(names                                 , value       , node            )           {
  const column = settled(derived([value]));
  return named({ columns: names.map((name) => ({ name, value: column })) }, node, "", undefined);
}

function joined(run     , node            , beside       )           {
  const left = fromItem(run, node["larg"] ?? null, beside);
  const right = fromItem(run, node["rarg"] ?? null, { ...beside, items: [...beside.items, left] });
  const using = node["isNatural"] === true ? common(left, right) : (0,tree/* strings */.P$)(node["usingClause"]);
  // Where the names of one side are not known, NATURAL may join by any column of the other.
  if (node["isNatural"] === true && [left, right].some(isVague)) {
    for (const { value } of [...left.columns, ...right.columns]) run.tests(value);
  }
  const merged = merge(run, left, right, using);
  const names = [...left.names, ...right.names];
  const usingAlias = (0,tree/* textOf */.b6)((0,tree/* asObject */.eB)(node["join_using_alias"])["aliasname"]);
  if (usingAlias !== undefined) {
    names.push({ name: usingAlias, schema: undefined, rel: { columns: merged.slice(0, using.length) } });
  }
  run.tests(expression(run, node["quals"], { ...beside, items: [...beside.items, { names, columns: merged }] }));
  const alias = (0,tree/* asObject */.eB)(node["alias"]);
  const aliasName = (0,tree/* textOf */.b6)(alias["aliasname"]);
  if (aliasName === undefined) return { names, columns: merged };
  const rel = renamed({ columns: merged }, (0,tree/* strings */.P$)(alias["colnames"]));
  return { names: [{ name: aliasName, schema: undefined, rel }], columns: rel.columns };
}

function isVague({ columns }          )          {
  return columns.some((column) => column.many === true || column.name === undefined);
}

/** NATURAL joins by every name that both have. */
function common(left          , right          )                    {
  const names = new Set(starOf(right.columns).map(({ name }) => name));
  return starOf(left.columns).flatMap(({ name }) => (name !== undefined && names.has(name) ? [name] : []));
}

/** First the columns that join, then the others of both sides; system columns belong to no join. */
function merge(run     , left          , right          , using                   )           {
  const sides = [starOf(left.columns), starOf(right.columns)]         ;
  const vague = isVague(left) || isVague(right);
  if (using.length === 0) {
    if (vague) return [...sides[0], ...sides[1], ...hiddenOf(left), ...hiddenOf(right)];
    return [...sides[0], ...sides[1]];
  }
  const joins = using.map((name)         => {
    const values = sides.map((side) => side.filter((column) => column.name === name || column.name === undefined));
    const each = values.map((columns) => derived(columns.map(({ value }) => value)));
    const direct = values.every((columns) => columns.length === 1) ? values.flat()[0]?.value : undefined;
    const value = derived(each);
    run.tests(value);
    const other = values[1]?.[0]?.value;
    return { name, value: direct !== undefined && other !== undefined ? either(direct, other) : value };
  });
  const rest = sides.flatMap((side) =>
    side.filter((column) => column.name === undefined || !using.includes(column.name)),
  );
  return [...joins, ...rest, ...hiddenOf(left), ...hiddenOf(right)];
}

/** Names that a function's item has besides its columns. */
function hiddenOf(item          )                    {
  return item.columns.filter((column) => column.hidden === true);
}

/** What a sub-select that is not LATERAL sees: nothing beside it. */
function outside(beside       )        {
  return { items: [], outer: beside.outer, ctes: beside.ctes };
}

;// CONCATENATED MODULE: ./packages/sql/src/lineage/output-name.js
/** The name that a column of a result has without AS, where that is certain (FigureColname, parse_target.c). Pure. */
                                         


/** undefined: gate does not work it out, and it may be any. */
function outputName(json                  )                     {
  const [type, node] = (0,tree/* only */.j6)(json);
  switch (type) {
    case "ColumnRef": {
      const fields = (0,tree/* list */.p_)(node["fields"]);
      const names = (0,tree/* strings */.P$)(node["fields"]);
      return fields.length === names.length ? names.at(-1) : undefined;
    }
    case "FuncCall":
      return (0,tree/* strings */.P$)(node["funcname"]).at(-1);
    case "CollateClause":
      return outputName(node["arg"]);
    case "TypeCast":
      // A constant gets the name of its type, which may be another than the one that was written.
      return outputName(node["arg"]);
    default:
      return undefined;
  }
}

;// CONCATENATED MODULE: ./packages/sql/src/lineage/with.js
/** The names that a WITH clause defines, recursive ones as the fixed point of what they are made of. Pure. */
                                                     


                                    




/** The scope in which the statement behind WITH stands: nothing of FROM yet. */
function withClause(run     , clause                  , outer       )        {
  if (clause === undefined) return { items: [], outer, ctes: outer.ctes };
  const node = (0,tree/* asObject */.eB)(clause);
  const tables = new Map                   ();
  const inside        = { items: [], outer, ctes: { tables, outer: outer.ctes } };
  const all                = [];
  for (const item of (0,tree/* list */.p_)(node["ctes"])) {
    const [, table] = (0,tree/* only */.j6)(item);
    const name = (0,tree/* textOf */.b6)(table["ctename"]) ?? "";
    if (node["recursive"] === true) {
      const rel = lazily((self) => recursive(run, table, { ...inside }, self));
      tables.set(name, rel);
      all.push(rel);
    } else {
      // Only what stands before it is seen.
      const before        = { items: [], outer, ctes: { tables: new Map(tables), outer: outer.ctes } };
      const rel = body(run, table, before);
      tables.set(name, () => rel);
    }
  }
  // Those that nothing names run as well, where they change rows.
  for (const rel of all) rel();
  return inside;
}

                
           
 

/** Worked out when it is first asked for; while that lasts, what is known so far. */
function lazily(make                     )            {
  let done                 ;
  let self                  ;
  return () => {
    if (done !== undefined) return done;
    if (self !== undefined) return self.rel;
    self = { rel: unknownRel() };
    done = make(self);
    return done;
  };
}

function recursive(run     , table            , scope       , self      )      {
  const [type, query] = (0,tree/* only */.j6)(table["ctequery"]);
  const union = type === "SelectStmt" && query["op"] === "SETOP_UNION";
  if (!union) return body(run, table, scope);
  const names = (0,tree/* strings */.P$)(table["aliascolnames"]);
  const before = withClause(run, query["withClause"], scope);
  const start = select_select(run, (0,tree/* asObject */.eB)(query["larg"]), before);
  self.rel = addColumns(run, table, renamed(start, names));
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const more = select_select(run, (0,tree/* asObject */.eB)(query["rarg"]), before);
    const next = addColumns(run, table, renamed(combine(run, query, start, more, before), names));
    const same = print(next) === print(self.rel);
    self.rel = next;
    if (same) return next;
  }
  throw new RangeError("a recursive query that does not settle");
}

function body(run     , table            , scope       )      {
  const [type, query] = (0,tree/* only */.j6)(table["ctequery"]);
  const rel = type === "SelectStmt" ? select_select(run, query, scope) : change(run, type, query, scope);
  return addColumns(run, table, renamed(rel, (0,tree/* strings */.P$)(table["aliascolnames"])));
}

/** SEARCH and CYCLE: columns made of those that they name, and compared. */
function addColumns(run     , table            , rel     )      {
  const added           = [];
  const search = (0,tree/* asObject */.eB)(table["search_clause"]);
  const cycle = (0,tree/* asObject */.eB)(table["cycle_clause"]);
  if (table["search_clause"] === undefined && table["cycle_clause"] === undefined) return rel;
  const value = { ...derived(rel.columns.map((column) => column.value)), tame: true };
  run.tests(value);
  for (const name of [search["search_seq_column"], cycle["cycle_mark_column"], cycle["cycle_path_column"]]) {
    const text = (0,tree/* textOf */.b6)(name);
    if (text !== undefined && !rel.columns.some((column) => column.name === text)) added.push({ name: text, value });
  }
  return { columns: [...rel.columns, ...added] };
}

function print(rel     )         {
  return JSON.stringify(
    rel.columns.map(({ name, value, many }) => [
      name ?? null,
      [...value.taint].sort(),
      value.direct ?? null,
      many === true,
    ]),
  );
}

/** Rounds until a recursive query's columns stay as they are: each adds a masked column to one of them, or is the last. */
const ROUNDS_MAX = 1_000;

;// CONCATENATED MODULE: ./packages/sql/src/lineage/select.js
/** The columns that a query gives, and what its clauses test on the way. Pure. */
                                                     



                                    





function select_select(run     , node            , outer       )      {
  run.visit(SELECT_WORK);
  const around = withClause(run, node["withClause"], outer);
  if (node["op"] !== undefined && node["op"] !== "SETOP_NONE") return setOperation(run, node, around);
  if (node["valuesLists"] !== undefined) return values(run, node, around);
  const items = fromList(run, (0,tree/* list */.p_)(node["fromClause"]), { items: [], outer: around, ctes: around.ctes });
  const inside        = { items, outer: around, ctes: around.ctes };
  run.tests(expression(run, node["whereClause"], inside));
  const windows = derived((0,tree/* list */.p_)(node["windowClause"]).map((each) => expression(run, each, inside)));
  run.tests(windows);
  const scope        = { ...inside, windows };
  const columns = targets(run, (0,tree/* list */.p_)(node["targetList"]), scope);
  for (const item of (0,tree/* list */.p_)(node["groupClause"])) group(run, item, scope, columns);
  run.tests(expression(run, node["havingClause"], scope));
  const distinct = (0,tree/* list */.p_)(node["distinctClause"]);
  if (distinct.length === 1 && (0,tree/* only */.j6)(distinct[0])[0] === "") for (const { value } of columns) run.tests(value);
  else for (const item of distinct) order(run, item, scope, columns);
  tail(run, node, scope, columns);
  refuseInto(run, node, columns);
  return { columns: columns.map(settledColumn) };
}

/** The target list of SELECT and RETURNING. */
function targets(run     , items                 , scope       )           {
  return items.flatMap((item)           => {
    const [, target] = (0,tree/* only */.j6)(item);
    const star = expandStar(run, target["val"], scope);
    if (star !== undefined) return star;
    const value = run.finished(expression(run, target["val"], scope));
    return [{ name: (0,tree/* textOf */.b6)(target["name"]) ?? outputName(target["val"]), value }];
  });
}

/** `*`, `t.*` and `(expression).*`; undefined for what is no star. */
function expandStar(run     , json                  , scope       )                       {
  const [type, node] = (0,tree/* only */.j6)(json);
  const fields = (0,tree/* list */.p_)(type === "ColumnRef" ? node["fields"] : type === "A_Indirection" ? node["indirection"] : []);
  if ((0,tree/* asObject */.eB)(fields.at(-1))["A_Star"] === undefined) return undefined;
  if (type === "ColumnRef") {
    const names = (0,tree/* strings */.P$)(node["fields"]);
    if (names.length === 0) {
      return scope.items.filter((item) => item.qualifiedOnly !== true).flatMap((item) => [...starOf(item.columns)]);
    }
    const named = findNamed(scope, names.length > 1 ? names.at(-2) : undefined, names.at(-1) ?? "");
    if (named !== undefined) return [...starOf(named.rel.columns)];
  }
  if (type === "A_Indirection" && fields.length === 1) {
    const [innerType, inner] = (0,tree/* only */.j6)(node["arg"]);
    const row = innerType === "ColumnRef" ? rowNamed(scope, inner) : undefined;
    if (row !== undefined) return [...starOf(row.columns)];
  }
  const value = run.finished(expression(run, type === "A_Indirection" ? node["arg"] : json, scope));
  return [{ name: undefined, value: { ...settled(value), direct: undefined }, many: true }];
}

function setOperation(run     , node            , around       )      {
  const left = select_select(run, (0,tree/* asObject */.eB)(node["larg"]), around);
  const right = select_select(run, (0,tree/* asObject */.eB)(node["rarg"]), around);
  return combine(run, node, left, right, around);
}

/** A UNION, INTERSECT or EXCEPT of two queries that were worked out. */
function combine(run     , node            , left     , right     , around       )      {
  const columns = sideBySide(run, left, right);
  // Everything but UNION ALL compares whole rows.
  if (node["op"] !== "SETOP_UNION" || node["all"] !== true) for (const { value } of columns) run.tests(value);
  tail(run, node, around, columns);
  refuseInto(run, node, columns);
  return { columns };
}

/** The columns of two queries by their places; the names are the left one's. */
function sideBySide(run     , left     , right     )           {
  const some = [...left.columns, ...right.columns];
  if (some.some((column) => column.many === true) || left.columns.length !== right.columns.length) {
    return [{ name: undefined, value: derived(some.map(({ value }) => value)), many: true }];
  }
  return left.columns.map((column, place) => {
    const other = right.columns[place]?.value ?? CLEAN;
    return { ...column, value: sameMask(run, column.value, other) };
  });
}

/** Values of two columns under one and the same mask stay values of that mask. */
function sameMask(run     , a       , b       )        {
  const merged = either(a, b);
  const [one, other] = [run.masked.byColumn.get(a.direct ?? ""), run.masked.byColumn.get(b.direct ?? "")];
  const same = one !== undefined && other !== undefined && JSON.stringify(one.action) === JSON.stringify(other.action);
  return same ? { ...merged, direct: a.direct } : merged;
}

function values(run     , node            , around       )      {
  let columns                      ;
  for (const row of (0,tree/* list */.p_)(node["valuesLists"])) {
    const cells = (0,tree/* list */.p_)((0,tree/* only */.j6)(row)[1]["items"]).flatMap((item)           => {
      const star = expandStar(run, item, around);
      return star ?? [{ name: undefined, value: settled(run.finished(expression(run, item, around))) }];
    });
    columns = columns === undefined ? cells : sideBySide(run, { columns }, { columns: cells });
  }
  const many = columns?.some((column) => column.many === true) === true;
  const rel = (columns ?? []).map((column, place) => (many ? column : { ...column, name: `column${place + 1}` }));
  tail(run, node, around, rel);
  return { columns: rel };
}

/** ORDER BY, LIMIT and OFFSET. */
function tail(run     , node            , scope       , columns                   )       {
  for (const item of (0,tree/* list */.p_)(node["sortClause"])) order(run, (0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(item)["SortBy"])["node"], scope, columns);
  run.tests(expression(run, node["limitCount"], scope));
  run.tests(expression(run, node["limitOffset"], scope));
}

/** A place or a name of the result, or else an expression (findTargetlistEntrySQL92). */
function order(run     , json                  , scope       , columns                   )       {
  const output = place(json, columns);
  if (output !== undefined) {
    run.tests(output);
    return;
  }
  const name = loneName(json);
  const named = name === undefined ? [] : columns.filter((column) => column.name === name && column.many !== true);
  if (named.length > 0) for (const { value } of named) run.tests(value);
  else {
    if (name !== undefined) {
      for (const column of columns) if (column.name === undefined || column.many === true) run.tests(column.value);
      // Only in a set operation is there nothing else that it can mean.
      if (scope.items.length === 0 && scope.outer === undefined) return;
    }
    run.tests(expression(run, json, scope));
  }
}

/** In GROUP BY a name is a column of FROM before it is one of the result. */
function group(run     , json      , scope       , columns                   )       {
  const [type, node] = (0,tree/* only */.j6)(json);
  if (type === "GroupingSet") {
    for (const item of (0,tree/* list */.p_)(node["content"])) group(run, item, scope, columns);
    return;
  }
  if (type === "List" || type === "RowExpr") {
    for (const item of (0,tree/* list */.p_)(node[type === "List" ? "items" : "args"])) group(run, item, scope, columns);
    return;
  }
  const output = place(json, columns);
  if (output !== undefined) {
    run.tests(output);
    return;
  }
  const name = loneName(json);
  const known = scope.items.some((item) => item.columns.some((column) => column.name === name));
  if (name !== undefined && !known) {
    const named = columns.filter((column) => column.name === name || column.name === undefined);
    for (const { value } of named) run.tests(value);
    if (named.some((column) => column.name === name)) return;
  }
  run.tests(expression(run, json, scope));
}

function place(json                  , columns                   )                    {
  const [type, node] = (0,tree/* only */.j6)(json);
  if (type !== "A_Const") return undefined;
  const number = (0,tree/* asObject */.eB)(node["ival"])["ival"];
  if (typeof number !== "number") return CLEAN;
  if (columns.some((column) => column.many === true)) return derived(columns.map(({ value }) => value));
  return columns[number - 1]?.value ?? CLEAN;
}

function loneName(json                  )                     {
  const [type, node] = (0,tree/* only */.j6)(json);
  if (type !== "ColumnRef" || (0,tree/* list */.p_)(node["fields"]).length !== 1) return undefined;
  return (0,tree/* strings */.P$)(node["fields"])[0];
}

/** INTO stands in the leftmost arm of a UNION, and takes the rows of all of them. */
function refuseInto(run     , node            , columns                   )       {
  if (columns.every(({ value }) => value.taint.size === 0)) return;
  let arm = node;
  for (let count = 0; count < ARMS_MAX && arm["intoClause"] === undefined; count += 1) {
    if (arm["larg"] === undefined) return;
    arm = (0,tree/* asObject */.eB)(arm["larg"]);
  }
  run.refuse(COPIES);
}

function settledColumn(column        )         {
  return { ...column, value: settled(column.value) };
}

const COPIES = "it would copy masked values to where no mask hides them";
/** A query is as much work as this many of its nodes. */
const SELECT_WORK = 20;
/** Arms of a UNION that are searched for INTO. */
const ARMS_MAX = 10_000;

;// CONCATENATED MODULE: ./packages/sql/src/lineage/expression.js
/** What an expression's value is made of. Every node of the closed table (nodes.ts) is followed. Pure. */
                                                     






                                    




                                                                   

function expression(run     , json                  , scope       )        {
  if (json === undefined || json === null) return CLEAN;
  if (Array.isArray(json)) return derived((json                   ).map((item) => expression(run, item, scope)));
  if (typeof json !== "object") return CLEAN;
  if (Object.keys(json).length === 0) return CLEAN;
  const [type, node] = (0,tree/* only */.j6)(json);
  return bare(run, type, node, scope);
}

/** A node whose type is known from where it stands. */
function bare(run     , type        , node            , scope       )        {
  run.visit();
  const handler = HANDLERS.get(type);
  if (handler !== undefined) return handler(run, node, scope);
  const value = children(run, type, node, scope);
  return TRANSPARENT.has(type) ? value : { ...value, tame: false };
}

function children(
  run     ,
  type        ,
  node            ,
  scope       ,
  except                    = [],
)        {
  const fields = nodes/* NODES */.K.get(type);
  if (fields === undefined) return UNKNOWN;
  const values          = [];
  for (const name of Object.keys(node)) {
    const kind = fields.get(name);
    if (kind === undefined) return UNKNOWN;
    if (kind === "scalar" || except.includes(name)) continue;
    if (kind === "nodes") values.push(expression(run, node[name], scope));
    else values.push(bare(run, kind.type, (0,tree/* asObject */.eB)(node[name]), scope));
  }
  return derived(values);
}

const constant          = () => CLEAN_SCALAR;

const HANDLERS                               = new Map                 ([
  ...["A_Const", "Integer", "Float", "Boolean", "String", "BitString", "ParamRef", "SQLValueFunction"].map(
    (type)                    => [type, constant],
  ),
  ...["SetToDefault", "CurrentOfExpr", "GroupingFunc", "MergeSupportFunc", "TypeName", "JsonFormat", "Alias"].map(
    (type)                    => [type, constant],
  ),
  ["JsonOutput", (run, node) => (writesAnyText(run, node["typeName"]) ? CLEAN : { ...CLEAN, tame: false })],
  ["ColumnRef", reference],
  ["FuncCall", call],
  ["SelectStmt", (run, node, scope) => scalar(run, node, scope)],
  ["SubLink", subLink],
  [
    "TypeCast",
    (run, node, scope) => {
      const value = expression(run, node["arg"], scope);
      const text = writesText(run, node["typeName"]);
      return { ...derived([value], text), scalar: text };
    },
  ],
  [
    "CollateClause",
    (run, node, scope) => {
      // Functions refuse a mixture of collations while they run, unless they are given NULL.
      const value = expression(run, node["arg"], scope);
      return { ...derived([value], !isTainted(value)), heavy: true };
    },
  ],
  ["A_Expr", operator],
  [
    "BoolExpr",
    // What stands on the right may run or not, depending on the left.
    (run, node, scope) => conditional(derived([expression(run, node["args"], scope)])),
  ],
  ["CaseExpr", caseOf],
  [
    "CoalesceExpr",
    (run, node, scope) => {
      const [first = CLEAN, ...rest] = (0,tree/* list */.p_)(node["args"]).map((each) => expression(run, each, scope));
      const value = choice([first, ...rest.slice(0, -1)], rest, derived([first, ...rest]));
      return { ...value, scalar: [first, ...rest].every(expression_isScalar) };
    },
  ],
  [
    "NullTest",
    (run, node, scope) => {
      const value = expression(run, node["arg"], scope);
      // NULL stays NULL under every action but one, so this much everybody may see.
      const action = run.masked.byColumn.get(value.direct ?? "")?.action.kind;
      return action !== undefined && action !== "null" ? CLEAN : derived([value]);
    },
  ],
  ["A_ArrayExpr", array],
  ["A_Indirection", indirection],
  [
    "XmlExpr",
    (run, node, scope) => {
      // Not every date can be written as XML.
      const parts = [...(0,tree/* list */.p_)(node["named_args"]), ...(0,tree/* list */.p_)(node["args"])].map((part) => {
        const [type, target] = (0,tree/* only */.j6)(part);
        return expression(run, type === "ResTarget" ? target["val"] : part, scope);
      });
      const fit = parts.every((value) => !isTainted(value) || value.scalar === true);
      return restrict(derived(parts), fit && XML_BUILDERS.has((0,tree/* textOf */.b6)(node["op"]) ?? ""));
    },
  ],
  [
    "XmlSerialize",
    (run, node, scope) =>
      restrict(
        expression(run, node["expr"], scope),
        node["xmloption"] === "XMLOPTION_CONTENT" && writesAnyText(run, node["typeName"]),
      ),
  ],
  [
    "JsonObjectConstructor",
    (run, node, scope) => {
      const value = children(run, "JsonObjectConstructor", node, scope);
      const masked = (0,tree/* list */.p_)(node["exprs"]).some((each) => hasMaskedKey(run, each, scope));
      return built(value, node["unique"] !== true && !masked);
    },
  ],
  [
    "JsonIsPredicate",
    (run, node, scope) => {
      // Bytes have to be UTF-8.
      const value = children(run, "JsonIsPredicate", node, scope);
      return restrict(value, expression_isScalar(expression(run, node["expr"], scope)));
    },
  ],
  ["JsonArrayConstructor", (run, node, scope) => built(children(run, "JsonArrayConstructor", node, scope), true)],
  [
    "JsonArrayQueryConstructor",
    (run, node, scope) => {
      const [, query] = (0,tree/* only */.j6)(node["query"]);
      return built(
        derived([scalar(run, query, scope), children(run, "JsonArrayQueryConstructor", node, scope, ["query"])]),
        true,
      );
    },
  ],
  ["JsonObjectAgg", (run, node, scope) => jsonAggregate(run, "JsonObjectAgg", node, scope)],
  ["JsonArrayAgg", (run, node, scope) => jsonAggregate(run, "JsonArrayAgg", node, scope)],
  [
    "JsonValueExpr",
    (run, node, scope) => {
      const format = (0,tree/* asObject */.eB)(node["format"])["format_type"];
      const plain = format === undefined || format === "JS_FORMAT_DEFAULT";
      return restrict(expression(run, node["raw_expr"], scope), plain);
    },
  ],
  [
    "WindowDef",
    (run, node, scope) => {
      const value = children(run, "WindowDef", node, scope);
      // The rows come out in the window's order.
      run.tests(value);
      return value;
    },
  ],
]);

/** Nodes that do no more than hold their children together. */
const TRANSPARENT                      = new Set([
  "List",
  "CaseWhen",
  "MinMaxExpr",
  "BooleanTest",
  "RowExpr",
  "NamedArgExpr",
  "ResTarget",
  "MultiAssignRef",
  "SortBy",
  "A_Indices",
  "A_Star",
  "JsonKeyValue",
  "JsonAggConstructor",
  "JsonScalarExpr",
  "JsonReturning",
  "GroupingSet",
]);

const XML_BUILDERS                      = new Set(["IS_XMLELEMENT", "IS_XMLFOREST", "IS_XMLCONCAT"]);

function reference(_run     , node            , scope       )        {
  const fields = (0,tree/* list */.p_)(node["fields"]);
  const names = (0,tree/* strings */.P$)(node["fields"]);
  const star = fields.length === names.length + 1 && (0,tree/* asObject */.eB)(fields.at(-1))["A_Star"] !== undefined;
  if (!star && fields.length !== names.length) return UNKNOWN;
  if (star) {
    if (names.length === 0) return derived(scope.items.flatMap((item) => item.columns.map(({ value }) => value)));
    const named = findNamed(scope, names.at(-2), names.at(-1) ?? "");
    return named === undefined ? anythingIn(scope) : wholeRow(named.rel);
  }
  const name = names.at(-1) ?? "";
  if (names.length === 1) return settled(findName(scope, name));
  const named = findNamed(scope, names.at(-3), names.at(-2) ?? "");
  if (named === undefined) return anythingIn(scope);
  return columnOf(named.rel, name);
}

/** `(row).field`, subscripts and slices. */
function indirection(run     , node            , scope       )        {
  const [first, ...rest] = (0,tree/* list */.p_)(node["indirection"]);
  const [type, inner] = (0,tree/* only */.j6)(node["arg"]);
  const field = (0,tree/* textOf */.b6)((0,tree/* asObject */.eB)((0,tree/* asObject */.eB)(first)["String"])["sval"]);
  const row = type === "ColumnRef" && field !== undefined ? rowNamed(scope, inner) : undefined;
  if (row === undefined || field === undefined) return derived([children(run, "A_Indirection", node, scope)]);
  const value = columnOf(row, field);
  return rest.length === 0 ? value : derived([value, expression(run, rest, scope)]);
}

function operator(run     , node            , scope       )        {
  const left = expression(run, node["lexpr"], scope);
  const right = expression(run, node["rexpr"], scope);
  const names = (0,tree/* strings */.P$)(node["name"]);
  const name = names.at(-1) ?? "";
  const own = (0,src_names/* findOperators */.zK)(run.space, names.length > 1 ? names.at(-2) : undefined, name).length > 0;
  const kind = (0,tree/* textOf */.b6)(node["kind"]) ?? "";
  const plain = COMPARING_KINDS.has(kind) || (OPERATOR_KINDS.has(kind) && functions/* TAME_OPERATORS */.a7.has(name));
  const fit = fits(name, kind, [left, right], node["rexpr"]);
  const both = expression_isScalar(left) && (kind === "AEXPR_NULLIF" || expression_isScalar(right));
  const scalar = SCALAR_OPERATORS.has(name) || (SCALAR_KINDS.has(kind) && both);
  const value = { ...derived([left, right], plain && !own && fit), scalar };
  return LISTING_KINDS.has(kind) ? conditional(value) : value;
}

/** Nothing about these operands can make the operator fail or take long, also if one of them is NULL or not. */
function fits(name        , kind        , operands                  , right                  )          {
  if (!operands.some(isTainted)) return true;
  if (mixesHeavy(operands)) return false;
  // A pattern that ends with its escape fails where a value has matched it so far.
  if (functions/* PATTERN_OPERATORS */.Vp.has(name)) return constantText(right)?.includes("\\") === false;
  // Arrays and documents have to fit together.
  return name !== "||" || kind !== "AEXPR_OP" || operands.every((value) => !isTainted(value) || expression_isScalar(value));
}

const OPERATOR_KINDS                      = new Set([
  "AEXPR_OP",
  "AEXPR_OP_ANY",
  "AEXPR_OP_ALL",
  "AEXPR_LIKE",
  "AEXPR_ILIKE",
]);
const COMPARING_KINDS                      = new Set([
  "AEXPR_DISTINCT",
  "AEXPR_NOT_DISTINCT",
  "AEXPR_NULLIF",
  "AEXPR_IN",
  "AEXPR_BETWEEN",
  "AEXPR_NOT_BETWEEN",
  "AEXPR_BETWEEN_SYM",
  "AEXPR_NOT_BETWEEN_SYM",
]);

const SCALAR_KINDS                      = new Set(["AEXPR_OP", "AEXPR_NULLIF"]);
/** Their result is a truth value or a text, whatever they are given. */
const SCALAR_OPERATORS                      = new Set("<> != < > <= >= @> <@ && ~~ !~~ ->> #>>".split(" "));

/** Those that stop at the first answer. */
const LISTING_KINDS                      = new Set([
  "AEXPR_IN",
  "AEXPR_BETWEEN",
  "AEXPR_NOT_BETWEEN",
  "AEXPR_BETWEEN_SYM",
  "AEXPR_NOT_BETWEEN_SYM",
]);

function caseOf(run     , node            , scope       )        {
  const arg = expression(run, node["arg"], scope);
  const whens = (0,tree/* list */.p_)(node["args"]).map((each) => (0,tree/* only */.j6)(each)[1]);
  const conditions = whens.map((each) => expression(run, each["expr"], scope));
  const results = whens.map((each) => expression(run, each["result"], scope));
  results.push(expression(run, node["defresult"], scope));
  const all = derived([arg, ...conditions, ...results]);
  const value = choice([arg, ...conditions], [...conditions.slice(1), ...results], all);
  return { ...value, scalar: results.every(expression_isScalar) };
}

/** Which of `optional` are worked out at all depends on `deciding`. */
function choice(deciding                  , optional                  , all       )        {
  const tells = deciding.some(isTainted) && optional.some((value) => value.heavy === true || !value.tame);
  return tells ? { ...all, tame: false } : all;
}

function subLink(run     , node            , scope       )        {
  const [type, query] = (0,tree/* only */.j6)(node["subselect"]);
  if (type !== "SelectStmt") return UNKNOWN;
  const rel = select_select(run, query, scope);
  switch ((0,tree/* word */.Vm)(node["subLinkType"])) {
    case "EXISTS_SUBLINK":
      return { ...CLEAN, heavy: true };
    case "EXPR_SUBLINK": {
      const [column] = rel.columns;
      const alone = rel.columns.length === 1 && column?.many !== true ? column?.value.direct : undefined;
      const scalar = rel.columns.length === 1 && column?.many !== true && column?.value.scalar === true;
      return { ...derived(rel.columns.map(({ value }) => settled(value))), direct: alone, heavy: true, scalar };
    }
    case "ARRAY_SUBLINK":
      return { ...derived(rel.columns.map(({ value }) => settled(value))), built: true, heavy: true };
    default: {
      const tested = expression(run, node["testexpr"], scope);
      return { ...derived([tested, ...rel.columns.map(({ value }) => settled(value))]), heavy: true };
    }
  }
}

function scalar(run     , query            , scope       )        {
  return { ...derived(select_select(run, query, scope).columns.map(({ value }) => settled(value))), heavy: true };
}

function jsonAggregate(run     , type        , node            , scope       )        {
  const value = children(run, type, node, scope);
  const over = (0,tree/* asObject */.eB)(node["constructor"])["over"] !== undefined ? (scope.windows ?? CLEAN) : CLEAN;
  return built(derived([value, over]), node["unique"] !== true && !hasMaskedKey(run, node["arg"], scope));
}

/** A key that is NULL is an error. */
function hasMaskedKey(run     , pair                  , scope       )          {
  const [type, node] = (0,tree/* only */.j6)(pair);
  const key = type === "JsonKeyValue" ? node["key"] : (0,tree/* asObject */.eB)(pair)["key"];
  return isTainted(expression(run, key, scope));
}

function array(run     , node            , scope       )        {
  const elements = (0,tree/* list */.p_)(node["elements"]).map((each) => ({ each, value: expression(run, each, scope) }));
  // Arrays as elements have to be of one size: only what is written out here is.
  const fit = elements.every(
    ({ each, value }) => !isTainted(value) || value.scalar === true || (0,tree/* only */.j6)(each)[0] === "A_ArrayExpr",
  );
  return {
    ...derived(
      elements.map(({ value }) => value),
      fit,
    ),
    built: true,
  };
}

function expression_isScalar(value       )          {
  return value.scalar === true;
}

function built(value       , tame         )        {
  return { ...derived([value], tame), built: true };
}

function restrict(value       , tame         )        {
  return derived([value], tame);
}

/** The same where a limit of length is an error, not a cut. */
function writesAnyText(run     , typeName                  )          {
  return writesText(run, typeName) && (0,tree/* list */.p_)((0,tree/* asObject */.eB)(typeName)["typmods"]).length === 0;
}

/**
 * Can every value be written as this type? Without a schema the name is PostgreSQL's own only where nothing is searched
 * before pg_catalog; of the session's temporary types, which are, none may bear it (mask-analysis.ts).
 */
function writesText({ space }     , typeName                  )          {
  const node = (0,tree/* asObject */.eB)(typeName);
  const names = (0,tree/* strings */.P$)(node["names"]);
  const own = names.length > 1 && names.at(-2) !== "pg_catalog";
  if (own || (0,tree/* list */.p_)(node["arrayBounds"]).length > 0 || node["setof"] === true) return false;
  const name = names.at(-1) ?? "";
  const { searchPath, temporary } = space;
  const first = searchPath !== undefined && searchPath.indexOf("pg_catalog") <= 0 && !temporary.has(name);
  return functions/* TEXT_TYPES */.AL.has(name) && (names.length > 1 || first);
}

;// CONCATENATED MODULE: ./packages/sql/src/lineage/hold.js
/** May a value lie in a column without more of it being seen there? Pure. */
                                                 
                                                          


/** `column`: the target as it would be read. */
function mayHold(masked               , column       , value       )          {
  const target = masked.byColumn.get(column.direct ?? "")?.action;
  if (target === undefined || value.taint.has(EVERYTHING)) return false;
  if (SHOWS_NOTHING.has(target.kind)) return true;
  for (const key of value.taint) {
    const source = masked.byColumn.get(key)?.action;
    // What shows a part shows another part of a changed value: only the value itself may come.
    if (source === undefined || value.direct !== key || !asStrong(target, source)) return false;
  }
  return true;
}

function asStrong(target            , source            )          {
  if (target.kind === "tokenize" || target.kind === "hash") return source.kind !== "redact" && source.kind !== "null";
  if (target.kind !== "partial" || source.kind !== "partial") return false;
  return target.keepFirst <= source.keepFirst && target.keepLast <= source.keepLast;
}

const SHOWS_NOTHING                                  = new Set(["redact", "null"]);

;// CONCATENATED MODULE: ./packages/sql/src/lineage/change.js
/** INSERT, UPDATE, DELETE and MERGE: what they show, and what they copy. Pure. */

                                                     




                                    





/** @returns the columns of RETURNING. */
function change(run     , type        , node            , outer       )      {
  run.visit();
  const around = withClause(run, node["withClause"], outer);
  switch (type) {
    case "InsertStmt":
      return insert(run, node, around);
    case "UpdateStmt":
      return update(run, node, around);
    case "DeleteStmt":
      return remove(run, node, around);
    case "MergeStmt":
      return change_merge(run, node, around);
    default:
      run.refuse("gate does not follow masked values through this statement");
      return unknownRel();
  }
}

                  
                    
                          
 

function targetOf(run     , json                  )         {
  const node = (0,tree/* asObject */.eB)(json);
  const name = (0,tree/* textOf */.b6)(node["relname"]) ?? "";
  const schema = (0,tree/* textOf */.b6)(node["schemaname"]);
  const rel = relationNamed(run, schema, name);
  const found = (0,src_names/* findRelation */.Ik)(run.space, schema, name).relations[0]?.schema;
  return { rel, item: named(rel, node, name, schema ?? found) };
}

function insert(run     , node            , around       )      {
  const target = targetOf(run, node["relation"]);
  const names = (0,tree/* list */.p_)(node["cols"]).map((each) => (0,tree/* textOf */.b6)((0,tree/* only */.j6)(each)[1]["name"]));
  const [type, query] = (0,tree/* only */.j6)(node["selectStmt"]);
  const source = type === "" ? { columns: [] } : select_select(run, query, around);
  into(run, target.rel, names, source);
  const conflict = (0,tree/* asObject */.eB)(node["onConflictClause"]);
  if (node["onConflictClause"] !== undefined) onConflict(run, conflict, target, source, around);
  return returning(run, node["returningClause"], { items: [target.item], outer: around, ctes: around.ctes }, target);
}

/** Columns of a source into those of a relation, by their places. */
function into(run     , rel     , names                                 , source     )       {
  const vague = source.columns.some((column) => column.many === true);
  const visible = starOf(rel.columns);
  for (const [place, column] of source.columns.entries()) {
    if (!isTainted(column.value)) continue;
    const name = names.length > 0 ? names[place] : visible[place]?.name;
    if (vague || name === undefined || visible.some((each) => each.many === true)) run.refuse(COPIES);
    else store(run, columnOf(rel, name), column.value);
  }
}

/** May this value lie in this column? Where the column shows more of it than its own mask does, no. */
function store(run     , column       , value       )       {
  if (isTainted(value) && !mayHold(run.masked, column, value)) run.refuse(COPIES);
}

function onConflict(run     , node            , target        , source     , around       )       {
  const infer = (0,tree/* asObject */.eB)(node["infer"]);
  const scope        = { items: [target.item], outer: around, ctes: around.ctes };
  // Whether a row was there already is the answer to a question about the columns of the key.
  const keys = (0,tree/* list */.p_)(infer["indexElems"]).map((each) => {
    const [, element] = (0,tree/* only */.j6)(each);
    const name = (0,tree/* textOf */.b6)(element["name"]);
    return name === undefined ? expression(run, element["expr"], scope) : columnOf(target.rel, name);
  });
  run.tests(keys.length === 0 ? derived(starOf(target.rel.columns).map(({ value }) => value)) : derived(keys));
  const given = derived(source.columns.map(({ value }) => value));
  const excluded      = {
    columns: target.rel.columns.map((column) => ({ ...column, value: settled(derived([column.value, given])) })),
  };
  const both        = {
    ...scope,
    items: [
      target.item,
      { names: [{ name: "excluded", schema: undefined, rel: excluded }], columns: [], qualifiedOnly: true },
    ],
  };
  assignments(run, (0,tree/* list */.p_)(node["targetList"]), target.rel, both);
  run.tests(expression(run, node["whereClause"], both));
}

function update(run     , node            , around       )      {
  const target = targetOf(run, node["relation"]);
  const scope = beside(run, node["fromClause"], target, around);
  assignments(run, (0,tree/* list */.p_)(node["targetList"]), target.rel, scope);
  run.tests(expression(run, node["whereClause"], scope));
  return returning(run, node["returningClause"], scope, target);
}

function remove(run     , node            , around       )      {
  const target = targetOf(run, node["relation"]);
  const scope = beside(run, node["usingClause"], target, around);
  run.tests(expression(run, node["whereClause"], scope));
  return returning(run, node["returningClause"], scope, target);
}

function beside(run     , from                  , target        , around       )        {
  const items = fromList(run, (0,tree/* list */.p_)(from), { items: [target.item], outer: around, ctes: around.ctes });
  return { items, outer: around, ctes: around.ctes };
}

function assignments(run     , items                 , rel     , scope       )       {
  for (const item of items) {
    const [, target] = (0,tree/* only */.j6)(item);
    const value = run.finished(expression(run, target["val"], scope));
    const whole = target["indirection"] === undefined ? value : derived([value]);
    expression(run, target["indirection"], scope);
    store(run, columnOf(rel, (0,tree/* textOf */.b6)(target["name"]) ?? ""), whole);
  }
}

function change_merge(run     , node            , around       )      {
  const target = targetOf(run, node["relation"]);
  const sources = node["sourceRelation"] === undefined ? [] : [node["sourceRelation"]];
  const items = fromList(run, sources, { items: [], outer: around, ctes: around.ctes });
  // RETURNING * gives the source's columns first.
  const scope        = { items: [...items, target.item], outer: around, ctes: around.ctes };
  run.tests(expression(run, node["joinCondition"], scope));
  for (const each of (0,tree/* list */.p_)(node["mergeWhenClauses"])) {
    const [, clause] = (0,tree/* only */.j6)(each);
    run.tests(expression(run, clause["condition"], scope));
    if (clause["commandType"] !== "CMD_INSERT") {
      assignments(run, (0,tree/* list */.p_)(clause["targetList"]), target.rel, scope);
      continue;
    }
    const names = (0,tree/* list */.p_)(clause["targetList"]).map((column) => (0,tree/* textOf */.b6)((0,tree/* only */.j6)(column)[1]["name"]));
    const cells = (0,tree/* list */.p_)(clause["values"]).map((value) => run.finished(expression(run, value, scope)));
    into(run, target.rel, names, { columns: cells.map((value) => ({ name: undefined, value })) });
  }
  return returning(run, node["returningClause"], scope, target);
}

function returning(run     , json                  , scope       , target        )      {
  if (json === undefined) return { columns: [] };
  const clause = (0,tree/* asObject */.eB)(json);
  const images          = [];
  const names = new Map([
    ["RETURNING_OPTION_OLD", "old"],
    ["RETURNING_OPTION_NEW", "new"],
  ]);
  for (const each of (0,tree/* list */.p_)(clause["options"])) {
    const [, option] = (0,tree/* only */.j6)(each);
    names.set((0,tree/* textOf */.b6)(option["option"]) ?? "", (0,tree/* textOf */.b6)(option["value"]) ?? "");
  }
  for (const name of names.values()) {
    // A relation of FROM that is called so is meant first.
    if (!scope.items.some((item) => item.names.some((other) => other.name === name))) {
      images.push({ name, schema: undefined, rel: target.rel });
    }
  }
  const items = [...scope.items, { names: images, columns: [], qualifiedOnly: true }];
  const columns = targets(run, (0,tree/* list */.p_)(clause["exprs"]), { ...scope, items });
  return { columns: columns.map((column) => ({ ...column, value: settled(column.value) })) };
}

/** The columns that COPY … FROM fills. */
function copyFrom(run     , node            , outer       )       {
  const target = targetOf(run, node["relation"]);
  const scope        = { items: [target.item], outer, ctes: undefined };
  run.tests(expression(run, node["whereClause"], scope));
}

/** The columns that COPY … TO gives for a relation: those that are named, or all that are not generated. */
function copiedColumns(run     , node            )      {
  const { rel } = targetOf(run, node["relation"]);
  const names = (0,tree/* strings */.P$)(node["attlist"]);
  if (names.length > 0) return { columns: names.map((name) => ({ name, value: columnOf(rel, name) })) };
  const relation = (0,tree/* asObject */.eB)(node["relation"]);
  const { relations } = (0,src_names/* findRelation */.Ik)(run.space, (0,tree/* textOf */.b6)(relation["schemaname"]), (0,tree/* textOf */.b6)(relation["relname"]) ?? "");
  const columns = starOf(rel.columns).filter(({ name }) => relations[0]?.columns.get(name ?? "")?.madeOf === undefined);
  return { columns: columns.length === 0 ? [{ name: undefined, value: CLEAN, many: true }] : columns };
}

;// CONCATENATED MODULE: ./packages/sql/src/lineage/run.js
/** What is found while a statement's lineage is worked out. Mutable, for this folder only. */
                                                          
                                             
                                      


class Run {
           masked               ;
  /** Where names are looked up. */
  space           ;
  /** Masked columns that conditions, orders or groups depend on. */
           predicates = new Set        ();
  /** Why it may not run at all; the first reason wins. */
  refusal                    ;
  /** Views that were read. */
           views = new Map             ();
  #visited = 0;

  constructor(masked               , space           ) {
    this.masked = masked;
    this.space = space;
  }

  /** The rows, their order or their number depend on this value, or the command itself tells about it. */
  tests(value       )       {
    if (!isTainted(value)) return;
    for (const key of value.taint) this.predicates.add(key);
  }

  /** A finished expression: what cannot be hidden by replacing it counts as a test. */
  finished(value       )        {
    if (!value.tame) this.tests(value);
    return value;
  }

  refuse(reason        )       {
    this.refusal ??= reason;
  }

  /** @throws {RangeError} when a statement takes too much work: then nothing is known of it. */
  visit(work = 1)       {
    this.#visited += work;
    if (this.#visited > LINEAGE_NODES_MAX) throw new RangeError("too much to follow");
  }

  /** The names of the masks behind keys. */
  names(taint       )                    {
    const found = new Set        ();
    for (const [key, { name }] of this.masked.byColumn) if (taint.has(key) || taint.has(EVERYTHING)) found.add(name);
    return [...found].sort();
  }
}

/** Nodes that are followed for one statement, repeated rounds of a recursive query counted. */
const LINEAGE_NODES_MAX = 400_000;

;// CONCATENATED MODULE: ./packages/sql/src/lineage/statement.js
/** What each statement of a command shows of masked columns, tests, and copies. Pure. */
                                           

                                                          
                                                     








/** What one column of a result may hold. */
                         
                                                                                   
                                    
                                                                                  
                                       
                                                           
                          
 

                                   
                                               
                                                  
                                                     
                                         
                                        
 

/** Does this statement touch a relation with masked columns at all? */
function touches(part      , masked               )          {
  for (const relation of part.print.touched) if (masked.relations.has(relation.oid)) return true;
  return false;
}

function statementLineage(part      , masked               )                   {
  const run = new Run(masked, part.space);
  let rel                 ;
  try {
    rel = statement(run, part);
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    return {
      columns: undefined,
      predicates: [],
      refusal: "the statement is too large to follow masked values through",
    };
  }
  const columns = rel?.columns.filter((column) => column.hidden !== true);
  for (const { value } of columns ?? []) {
    if (value.direct === undefined && isTainted(value) && deniesUnknown(masked, value.taint)) {
      run.refuse("a result cannot be shown not to come from a masked column (on_unknown_origin: deny)");
    }
  }
  return {
    columns: columns?.map(({ value, many }) => ({
      names: run.names(value.taint),
      ...(value.direct === undefined ? {} : { column: value.direct }),
      ...(many === true ? { many } : {}),
    })),
    predicates: run.names(run.predicates),
    ...(run.refusal === undefined ? {} : { refusal: run.refusal }),
  };
}

function deniesUnknown(masked               , taint                     )          {
  for (const [key, { onUnknownOrigin }] of masked.byColumn) {
    if (onUnknownOrigin === "deny" && (taint.has(key) || taint.has(EVERYTHING))) return true;
  }
  return false;
}

function statement(run     , part      )                  {
  const [type, node] = (0,tree/* only */.j6)(part.node);
  if (type !== "ExecuteStmt" && type !== "FetchStmt") return ofType(run, type, node);
  const { runs } = part;
  const [inner] = runs ?? [];
  if (runs?.length !== 1 || inner === undefined) {
    run.refuse("gate does not know what this runs");
    return unknownRel();
  }
  run.tests(expression(run, node["params"], NOWHERE));
  // A prepared statement is planned again where names mean something else now; a cursor was planned when it was made.
  if (type === "FetchStmt") run.space = inner.space;
  return statement(run, inner);
}

function ofType(run     , type        , node            )                  {
  switch (type) {
    case "SelectStmt":
      return select_select(run, node, NOWHERE);
    case "InsertStmt":
    case "UpdateStmt":
    case "DeleteStmt":
    case "MergeStmt":
      return change(run, type, node, NOWHERE);
    case "CopyStmt":
      if (node["is_from"] === true) {
        copyFrom(run, node, NOWHERE);
        return undefined;
      }
      return node["query"] === undefined ? copiedColumns(run, node) : inner(run, node["query"]);
    case "ExplainStmt": {
      const rel = inner(run, node["query"]);
      // With ANALYZE it says how much was computed: SERIALIZE the size of the result, others the memory for it.
      if ((0,explain/* explainsByRunning */.X)(node)) for (const { value } of rel?.columns ?? []) run.tests(value);
      return { columns: [{ name: "QUERY PLAN", value: CLEAN }] };
    }
    case "PrepareStmt":
    case "DeclareCursorStmt":
      inner(run, node["query"]);
      return undefined;
    case "CreateTableAsStmt":
    case "ViewStmt":
      keeps(run, inner(run, node["query"]), type);
      return undefined;
    default:
      if (!READS_NO_VALUES.has(type)) run.refuse("this statement changes what a relation with masked columns is");
      return undefined;
  }
}

function inner(run     , json                  )                  {
  const [type, node] = (0,tree/* only */.j6)(json);
  return ofType(run, type, node);
}

function keeps(run     , rel                 , type        )       {
  if (rel?.columns.some(({ value }) => isTainted(value)) !== true) return;
  run.refuse(type === "ViewStmt" ? "a view over masked columns is made outside the gate" : COPIES);
}

/** Statements that neither show nor move a value, whatever relation they name. */
const READS_NO_VALUES                      = new Set([
  "LockStmt",
  "TruncateStmt",
  "VacuumStmt",
  "CommentStmt",
  "GrantStmt",
  "DropStmt",
  "RefreshMatViewStmt",
  "ReindexStmt",
  "ClusterStmt",
  "ClosePortalStmt",
  "DeallocateStmt",
]);

;// CONCATENATED MODULE: ./packages/sql/src/mask-analysis.js
/** What the statements of a text mean for masked columns: why they may not run, or what their results hold. Pure. */
                                          



                                                         




                               
                                                                  
                                        
                                                                                                     
                                         
                                                 
 

                                 
                                                                                            
                            
                                                                         
                                                  
                                         
                                                                                      
                                         
 

                             
                              
                                                                  
                                                      
 

                             
                        
                            
                          
                           
 

/** Remembers its answers: masks change with the catalogue only. */
function maskAnalyser(parts                 )                                          {
  const known = new WeakMap                             ();
  return (masked) => {
    let analysis = known.get(masked);
    if (analysis === undefined) known.set(masked, (analysis = ofAllTexts(parts, masked)));
    return analysis;
  };
}

/** A template's literals are not known: masks that have come into force since may need them. */
function ofAllTexts(parts                 , masked               )               {
  try {
    return maskAnalysis(parts, masked);
  } catch (thrown) {
    if (!(thrown instanceof holes/* ShutLiteral */.A)) throw thrown;
    return refusedMasks("the masks have changed since it was sent")(masked);
  }
}

/** What has been refused before it was understood. */
function refusedMasks(reason        )                                          {
  return (masked) => ({ ...NOTHING, ...(masked.byColumn.size > 0 ? { refusal: reason } : {}) });
}

/**
 * The places of a result as the server describes it. Where that is not what was worked out, every place may hold
 * whatever any of them does.
 */
function alignOrigins(origins                   , count        )                    {
  const first = origins.findIndex((origin) => origin.many === true);
  if (first < 0) {
    if (origins.length === count) return origins;
    return Array.from({ length: count }, () => together(origins));
  }
  const last = origins.findLastIndex((origin) => origin.many === true);
  const behind = origins.length - 1 - last;
  if (count < first + behind) return Array.from({ length: count }, () => together(origins));
  const between = together(origins.slice(first, last + 1));
  return Array.from({ length: count }, (_, place) => {
    if (place < first) return origins[place] ?? between;
    return place < count - behind ? between : (origins[origins.length - (count - place)] ?? between);
  });
}

function together(origins                   )         {
  return { names: [...new Set(origins.flatMap(({ names }) => names))].sort() };
}

function maskAnalysis(parts                 , masked               )               {
  if (masked.byColumn.size === 0) {
    return { predicates: [], statements: parts.map((part) => ({ ...UNTOUCHED, copy: copyResult(part) })) };
  }
  const statements                   = [];
  const predicates = new Set        ();
  for (const part of parts) {
    const refusal = partRefusal(part, masked);
    if (refusal !== undefined) return { refusal, predicates: [], statements: [] };
    const copy = copyResult(part);
    const byPolicies = testedByPolicies(part, masked);
    if (byPolicies.length === 0 && !touches(part, masked)) {
      statements.push(copy === undefined ? UNTOUCHED : { ...UNTOUCHED, copy });
      continue;
    }
    const lineage = statementLineage(part, masked);
    if (lineage.refusal !== undefined) return { refusal: lineage.refusal, predicates: [], statements: [] };
    const tested = [...new Set([...lineage.predicates, ...byPolicies])].sort();
    for (const name of tested) predicates.add(name);
    const columns = lineage.columns?.every(({ names }) => names.length === 0) === true ? undefined : lineage.columns;
    if (columns !== undefined && part.type === "CopyStmt" && copy === undefined) {
      return { refusal: "the options of COPY leave its columns open", predicates: [], statements: [] };
    }
    if (columns !== undefined && copy?.format.kind === "text" && !PLAIN_NULLS.has(copy.format.nullText)) {
      return { refusal: "COPY writes NULL as a text that a masked value could be", predicates: [], statements: [] };
    }
    statements.push({ touches: true, columns, predicates: tested, copy });
  }
  return { predicates: [...predicates].sort(), statements };
}

/**
 * Which rows a reader sees, row policies tell by their columns, and settings that the client can make can stand in them.
 * A view and a rule read as their owners, a function can: other policies may be in force for them than for the gate's role.
 */
function testedByPolicies({ print, space }      , masked               )                    {
  const { code } = space.catalogue;
  const names           = [];
  const touched = [...print.touched];
  for (const relation of touched) {
    const behind = code.behind(relation.oid);
    if (behind === undefined || !print.reads.has((0,src_names/* describeRelation */.c7)(relation).name)) continue;
    names.push(...maskedAmong(behind.policyColumns, masked));
    if (behind.othersPolicyColumns.length === 0) continue;
    const asOthers =
      print.opaqueFunction ||
      touched.some(({ oid, bases }) => bases.includes(relation) || (code.behind(oid)?.rules.length ?? 0) > 0);
    if (asOthers) names.push(...maskedAmong(behind.othersPolicyColumns, masked));
  }
  return names;
}

/** Names of the masks of columns that policies test, given as `oid/attnum` or `oid/*`. */
function maskedAmong(columns                   , masked               )                    {
  const names           = [];
  for (const column of columns) {
    const [oid, attnum] = column.split("/");
    for (const [key, { name }] of masked.byColumn) {
      if (key === column || (attnum === "*" && key.startsWith(`${oid}/`))) names.push(name);
    }
  }
  return names;
}

function copyResult(part      )                         {
  const [type, node] = (0,tree/* only */.j6)(part.node);
  if (type !== "CopyStmt" || node["is_from"] === true) return undefined;
  const format = copyFormat(node);
  if (format === undefined) return undefined;
  if (node["query"] !== undefined) return { format, columns: undefined };
  const relation = (0,tree/* asObject */.eB)(node["relation"]);
  const { relations, items, complete } = (0,src_names/* findRelation */.Ik)(
    part.space,
    (0,tree/* textOf */.b6)(relation["schemaname"]),
    (0,tree/* textOf */.b6)(relation["relname"]) ?? "",
  );
  const [table] = relations;
  if (table === undefined || items.length !== 1 || !complete) return { format, columns: undefined };
  const names = (0,tree/* strings */.P$)(node["attlist"]);
  const all = [...table.columns.values()].sort((a, b) => a.attnum - b.attnum);
  const chosen =
    names.length === 0
      ? all.filter(({ madeOf }) => madeOf === undefined)
      : names.flatMap((name) => table.columns.get(name) ?? []);
  return {
    format,
    columns: chosen.map(({ name, attnum, typeOid }) => ({ name, attnum, typeOid, tableOid: table.oid })),
  };
}

function partRefusal(part      , masked               )                     {
  const { print } = part;
  if (print.unclassified !== undefined) return `masks are in force and ${print.unclassified}`;
  if (part.type === "RenameStmt" && (0,tree/* only */.j6)(part.node)[1]["renameType"] === "OBJECT_SCHEMA") {
    return "masks are in force and name their columns by schema: a schema cannot be renamed";
  }
  if (print.sensitive) return "masks are in force and this catalogue relation holds data samples or texts of commands";
  if (print.opaqueFunction && (touches(part, masked) || !everyBodyRead(part))) {
    return "masks are in force and a function that is not in the safe list could read masked columns";
  }
  for (const tag of print.statements.keys()) {
    // What it makes would run behind later commands, with the masked rows in its hands.
    if (CODE.test(tag)) return `masks are in force and ${tag} makes code that could pass them by`;
    if (FOREIGN.test(tag)) return `masks are in force and ${tag} lets the server fetch rows past the gate`;
  }
  if (ROLE_TAGS.some((tag) => print.statements.has(tag)) || print.functions.has("pg_catalog.set_config")) {
    const [name] = maskedAmong(part.space.catalogue.code.othersPolicyColumns, masked);
    if (name !== undefined) {
      return `masks are in force and a row policy that another role has tests a masked column (${name}): the role stays`;
    }
  }
  if (print.namesTextType) return "masks are in force and a type of texts keeps its name: call it otherwise";
  // The order of rows would then be the order of the index's column, until the next UPDATE.
  if (print.statements.has("CLUSTER") && (print.writes.size === 0 || touches(part, masked))) {
    return "masks are in force and CLUSTER puts rows into the order of a column that may be masked";
  }
  if (print.statements.has("COPY FILE") || print.statements.has("COPY PROGRAM")) {
    return "masks are in force and COPY with a file or program passes them by";
  }
  if (!print.readsComplete) return "masks are in force and gate does not know every relation that this reads";
  return undefined;
}

/** Are the users' functions that it names all in SQL or PL/pgSQL? Then what they read and write is in the footprint. */
function everyBodyRead({ print, space }      )          {
  if (!print.functionsComplete) return false;
  for (const { name, labels } of print.functions.values()) {
    const [schema = "", own = "", ...rest] = name.split(".");
    if (labels?.includes("@safe") === true) continue;
    if (schema === "pg_catalog" && safe_functions/* CONTENT_FREE_FUNCTIONS */.z.has(own)) continue;
    const routines = rest.length === 0 && !name.includes('"') ? space.catalogue.code.routines(schema, own) : [];
    if (routines.length === 0 || !routines.every(({ kind, language }) => READ.has(language) && kind === "f"))
      return false;
  }
  return true;
}

/** In text no value but an empty one is written like these. */
const PLAIN_NULLS                      = new Set(["\\N", ""]);
/** After these the row policies of another role are in force. */
const ROLE_TAGS = ["SET ROLE", "SET SESSION AUTHORIZATION"];
const READ                      = new Set(["sql", "plpgsql"]);
const CODE =
  /^(?:CREATE|ALTER) (?:(?:OR REPLACE )?(?:FUNCTION|PROCEDURE|ROUTINE|AGGREGATE|TRIGGER|RULE|CAST|OPERATOR|TRANSFORM|CONVERSION|EXTENSION|LANGUAGE)|EVENT TRIGGER)\b/;
/** The server becomes a client of its own, or of another server that sends rows on. */
const FOREIGN =
  /^(?:(?:CREATE|ALTER) (?:SERVER|USER MAPPING|FOREIGN TABLE|FOREIGN DATA WRAPPER|SUBSCRIPTION)|IMPORT FOREIGN SCHEMA)\b/;
const UNTOUCHED                 = { touches: false, columns: undefined, predicates: [] };
const NOTHING               = { predicates: [], statements: [] };


/***/ }),

/***/ 24112:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   A: () => (/* binding */ resolveMasks)
/* harmony export */ });
/** From a policy's column masks to the columns of one database. Pure. */
                                                                   
                                                          
                                                                       

/**
 * Finds every column that a mask means, in its table, in the table's partitions and inheritance relatives, and the
 * views over all of them. Of several masks over one column the strongest wins.
 * `problems`: masks that name nothing; a grant with such a mask protects less than its author believes.
 */
function resolveMasks(
  masks                 ,
  catalogue           ,
)                                                                           {
  const byColumn = new Map                      ();
  const relations = new Set        ();
  const problems           = [];
  for (const mask of masks) {
    if (mask.kind !== "column") continue;
    const names = splitName(mask.column);
    const [schema, table, column] = names ?? [];
    if (names?.length !== 3 || schema === undefined || table === undefined || column === undefined) {
      problems.push(`mask column ${mask.column}: write schema.table.column`);
      continue;
    }
    const relation = catalogue.relation(schema, table);
    if (relation === undefined || relation.system || !relation.columns.has(column)) {
      const what = relation === undefined ? "relation" : "column";
      problems.push(`mask column ${mask.column}: the database has no such ${what}`);
      continue;
    }
    if (!TABLES.has(relation.kind)) {
      problems.push(`mask column ${mask.column}: this is not a table; mask the columns of the tables behind it`);
      // Its columns cannot be told apart in results, so the whole relation is closed to be sure.
      relations.add(relation.oid);
    }
    for (const relative of relatives(relation)) {
      const found = relative.columns.get(column);
      if (found === undefined) continue;
      relations.add(relative.oid);
      const key = `${relative.oid}/${found.attnum}`;
      const before = byColumn.get(key);
      byColumn.set(key, stronger(before, { ...settings(mask), action: mask.action, typeOid: found.typeOid }));
      // What the table makes of it would show it; generated columns are never made of each other.
      for (const made of relative.columns.values()) {
        const own = `${relative.oid}/${made.attnum}`;
        if (made.madeOf?.includes(found.attnum) !== true || byColumn.has(own)) continue;
        byColumn.set(own, { ...settings(mask), action: REDACT, typeOid: made.typeOid });
      }
    }
  }
  closeRowColumns(catalogue, byColumn, relations);
  const masked = new Set(relations);
  for (const relation of catalogue.relations()) {
    if (relation.bases.some((base) => masked.has(base.oid))) relations.add(relation.oid);
  }
  return { masked: { byColumn, relations }, problems };
}

/** A column elsewhere that holds whole rows of a masked table (an audit table's `old_row customers`) shows them too. */
function closeRowColumns(catalogue           , byColumn                           , relations             )       {
  // A table of such rows can be the row type of a third one: until nothing is added, and each round adds a relation.
  for (let before = -1; before !== relations.size;) {
    before = relations.size;
    for (const relation of catalogue.relations()) {
      for (const column of relation.columns.values()) {
        if (column.rowOf === undefined || !relations.has(column.rowOf)) continue;
        const name = `${relation.schema}.${relation.name}.${column.name}`;
        byColumn.set(`${relation.oid}/${column.attnum}`, { name, action: REDACT, typeOid: column.typeOid });
        relations.add(relation.oid);
      }
    }
  }
}

/** The relation, everything above it and everything below it. */
function relatives(relation          )                        {
  const found = new Set          ([relation]);
  const spread = (next                                             )       => {
    const queue             = [relation];
    for (let each = queue.pop(); each !== undefined; each = queue.pop()) {
      for (const other of next(each)) {
        if (found.has(other)) continue;
        found.add(other);
        queue.push(other);
      }
    }
  };
  spread((each) => each.children);
  spread((each) => each.parents);
  return found;
}

/** `schema.table.column`, each part an identifier or "quoted"; undefined when it is neither. */
function splitName(text        )                                {
  const parts = text.match(/"(?:[^"]|"")*"|[^."]+/g) ?? [];
  if (parts.join(".") !== text) return undefined;
  return parts.map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part));
}

function settings(mask            )                                                 {
  const { column, onUnknownOrigin } = mask;
  return { name: column, ...(onUnknownOrigin === undefined ? {} : { onUnknownOrigin }) };
}

/** Of two masks over one column the stronger action, and what either denies. */
function stronger(before                          , mask              )               {
  if (before === undefined) return mask;
  const chosen = strength(before.action) >= strength(mask.action) ? before : mask;
  const denies = [before, mask].some(({ onUnknownOrigin }) => onUnknownOrigin === "deny");
  return denies ? { ...chosen, onUnknownOrigin: "deny" } : chosen;
}

/** How little an action leaves of a value. */
function strength(action            )         {
  const order                                = ["partial", "tokenize", "hash", "redact", "null"];
  return order.indexOf(action.kind);
}

const REDACT             = { kind: "redact" };
const TABLES                      = new Set(["r", "p", "f"]);


/***/ }),

/***/ 26975:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  UJ: () => (/* binding */ createdName),
  sv: () => (/* binding */ describeFunction),
  c7: () => (/* binding */ describeRelation),
  ky: () => (/* binding */ findCasts),
  W$: () => (/* binding */ findFunction),
  zK: () => (/* binding */ findOperators),
  Ik: () => (/* binding */ findRelation),
  tV: () => (/* binding */ isSensitive),
  fj: () => (/* binding */ join),
  rY: () => (/* binding */ ownFunction)
});

// UNUSED EXPORTS: SAFE_LABEL

// EXTERNAL MODULE: ./packages/sql/src/function-labels.js
var function_labels = __webpack_require__(7937);
// EXTERNAL MODULE: ./packages/sql/src/safe-functions.js
var safe_functions = __webpack_require__(52152);
;// CONCATENATED MODULE: ./packages/sql/src/sensitive.js
/**
 * Catalogue relations that hold credentials, data samples or other sessions' query texts: never @catalog. Pure data.
 *
 * First credentials and connection strings, then samples of users' data, then what sessions are doing with which values.
 * pg_settings stays in @catalog: SHOW, which is open to everyone, answers the same.
 */

const SENSITIVE_CATALOGUE                      = new Set(
  `pg_authid pg_shadow pg_user_mapping pg_user_mappings pg_foreign_server pg_foreign_data_wrapper pg_subscription
   pg_stat_wal_receiver pg_db_role_setting pg_hba_file_rules pg_ident_file_mappings pg_file_settings pg_config
   _pg_user_mappings _pg_foreign_servers _pg_foreign_data_wrappers user_mapping_options foreign_server_options
   foreign_data_wrapper_options
   pg_statistic pg_statistic_ext_data pg_stats pg_stats_ext pg_stats_ext_exprs pg_largeobject
   pg_stat_activity pg_stat_replication pg_stat_statements pg_prepared_statements pg_cursors pg_prepared_xacts`.split(
    /\s+/,
  ),
);

/** Of these, the ones in which values of users' tables can stand: data samples and texts of commands. */
const SAMPLES_CATALOGUE                      = new Set(
  `pg_statistic pg_statistic_ext_data pg_stats pg_stats_ext pg_stats_ext_exprs pg_largeobject pg_stat_activity
   pg_stat_replication pg_stat_statements pg_prepared_statements pg_cursors pg_prepared_xacts`.split(/\s+/),
);

;// CONCATENATED MODULE: ./packages/sql/src/names.js
/**
 * From the names in a command to the objects that they can mean, as PostgreSQL's namespace.c looks them up. Pure.
 *
 * Where more than one object can be meant, all of them are listed; where it cannot be known, the answer is incomplete.
 */
                                               
                                                                  
                                         




                            
                                
                                                                     
                                                     
                                                     
                                          
 

                        
                                      
                                          
                             
                                                                             
                              
 

/** A function that a call can mean, with the users' functions of that name. */
                         
                          
                                        
 

/** The relations that a name in FROM, or as a target, can mean. */
function findRelation(space           , schema                    , name        )        {
  if (schema !== undefined) return qualified(space, schema, name);
  const relations             = [];
  const path = lookupPath(space);
  if (path === undefined) relations.push(...space.catalogue.named(name));
  else {
    for (const candidate of path) {
      const relation = space.catalogue.relation(candidate, name);
      if (relation === undefined) continue;
      relations.push(relation);
      // A schema that the role may not use is skipped by the server, unless the role has changed since.
      if (space.catalogue.usable(candidate) !== false) break;
    }
  }
  const items = relations.map(describeRelation);
  const temporary = space.temporary.has(name);
  if (temporary) items.unshift({ name: join("pg_temp", name) });
  if (items.length === 0) items.push({ name: `?.${quote(name)}` });
  return {
    items,
    relations,
    complete: path !== undefined && (temporary || relations.length > 0),
    sensitive: relations.some(isSensitive),
  };
}

/** The schema-qualified name that a CREATE gives its object; undefined when it is not known. */
function createdName(space           , schema                    , name        )                       {
  const where = schema ?? space.searchPath?.find((each) => space.catalogue.usable(each) === true);
  return where === undefined ? undefined : { name: join(isTemporarySchema(where) ? "pg_temp" : where, name) };
}

                                 
                                     
                                      
                             
 

/** The functions that a call by this name can mean. */
function findFunction(space           , schema                    , name        )                 {
  const schemas = space.catalogue.functionSchemas(name);
  const builtin = space.catalogue.isBuiltin(name) || safe_functions/* SAFE_FUNCTIONS */.I.has(name);
  const own = (where        )         => ownFunction(space.catalogue, where, name);
  if (schema !== undefined) {
    if (schema === "pg_catalog") return foundFunctions([builtinFunction(space.catalogue, name, schemas)], true);
    return foundFunctions([own(schema)], schemas.has(schema) || isTemporarySchema(schema));
  }
  const path = lookupPath(space);
  const reachable = path === undefined ? [...schemas] : path.filter((candidate) => schemas.has(candidate));
  const called = reachable.filter((found) => found !== "pg_catalog").map(own);
  if (builtin || schemas.has("pg_catalog")) {
    called.unshift(builtinFunction(space.catalogue, name, schemas));
    return foundFunctions(called, path !== undefined);
  }
  if (called.length > 0) return foundFunctions(called, path !== undefined);
  return foundFunctions([{ item: { name: `?.${quote(name)}` }, routines: [] }], false);
}

function foundFunctions(called                   , complete         )                 {
  return { called, items: called.map(({ item }) => item), complete };
}

/** The users' operators that this name can mean, without those that are compiled code and not volatile. */
function findOperators(space           , schema                    , name        )                    {
  if (!space.catalogue.hasOperators) return [];
  return behind(space, schema, space.catalogue.operators(name));
}

/** The users' cast functions that a cast to this type can run, with the same exception. */
function findCasts(space           , schema                    , type        )                    {
  return behind(space, schema, space.catalogue.casts(type));
}

/** A users' function of this name. An extension's compiled ones carry the labels of what they are known to do. */
function ownFunction(catalogue           , schema        , name        )         {
  const routines = catalogue.code.routines(schema, name);
  const compiled = routines.length > 0 && routines.every(({ language }) => language === "c");
  const labels = compiled ? (0,function_labels/* effectLabels */.dr)(name) : [];
  const item = { name: join(schema, name) };
  return { item: labels.length === 0 ? item : { ...item, labels }, routines };
}

/** "schema.name"; a part that holds a dot or a quote is quoted, so that it cannot pose as another name. */
function join(schema        , name        )         {
  return `${quote(schema)}.${quote(name)}`;
}

function describeRelation(relation          )           {
  const name = join(relation.schema, relation.name);
  const catalog = relation.system && CATALOGUE_SCHEMAS.has(relation.schema) && !SENSITIVE_CATALOGUE.has(relation.name);
  return catalog ? { name, labels: CATALOG_LABEL } : { name };
}

function qualified(space           , schema        , name        )        {
  if (isTemporarySchema(schema)) {
    return {
      items: [{ name: join("pg_temp", name) }],
      relations: [],
      complete: schema === "pg_temp",
      sensitive: false,
    };
  }
  const relation = space.catalogue.relation(schema, name);
  if (relation === undefined) {
    // A TOAST table holds other relations' values; it is not in the catalogue on purpose.
    return { items: [{ name: join(schema, name) }], relations: [], complete: false, sensitive: schema === "pg_toast" };
  }
  return {
    items: [describeRelation(relation)],
    relations: [relation],
    complete: true,
    sensitive: isSensitive(relation),
  };
}

/** It holds credentials, data samples or other sessions' texts. */
function isSensitive(relation          )          {
  return (relation.system || relation.name === "pg_stat_statements") && SAMPLES_CATALOGUE.has(relation.name);
}

/** pg_catalog is searched first unless the path names it. "$user" must be resolved by whoever gives the path. */
function lookupPath(space           )                                {
  const path = space.searchPath;
  if (path === undefined || path.includes("$user")) return undefined;
  return path.includes("pg_catalog") ? path : ["pg_catalog", ...path];
}

/** A function of PostgreSQL's own, unless users have put one of this name into pg_catalog. */
function describeFunction(schema        , name        , userSchemas                     )           {
  const labels = userSchemas.has("pg_catalog") ? undefined : (0,function_labels/* labelsOf */.PC)(name);
  return labels === undefined ? { name: join(schema, name) } : { name: join(schema, name), labels };
}

function builtinFunction(catalogue           , name        , userSchemas                     )         {
  const item = describeFunction("pg_catalog", name, userSchemas);
  return { item, routines: userSchemas.has("pg_catalog") ? catalogue.code.routines("pg_catalog", name) : [] };
}

function behind(space           , schema                    , found                   )                    {
  const path = schema === undefined ? lookupPath(space) : [schema];
  return found
    .filter((each) => path === undefined || path.includes(each.schema))
    .filter((each) => !each.compiled || each.function.schema === "pg_catalog")
    .map((each) =>
      each.function.schema === "pg_catalog"
        ? builtinFunction(space.catalogue, each.function.name, NONE)
        : ownFunction(space.catalogue, each.function.schema, each.function.name),
    );
}

function isTemporarySchema(schema        )          {
  return schema === "pg_temp" || /^pg_temp_\d+$/.test(schema);
}

function quote(part        )         {
  return /[."]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part;
}



const CATALOGUE_SCHEMAS                      = new Set(["pg_catalog", "information_schema"]);
const CATALOG_LABEL                    = ["@catalog"];
const NONE                      = new Set();


/***/ }),

/***/ 30146:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Lv: () => (/* binding */ isList),
/* harmony export */   kt: () => (/* binding */ treeFacts),
/* harmony export */   ol: () => (/* binding */ parseNodeTree)
/* harmony export */ });
/* unused harmony exports NODE_TREE_CHARS_MAX, NODE_TREE_DEPTH_MAX */
/**
 * PostgreSQL's own text form of an analysed query (pg_node_tree, src/backend/nodes/outfuncs.c): what a rule or a
 * function with an SQL body does, by oid, without a name having to be looked up again. Pure.
 */

/** Longest node tree that is read, in characters; what has a longer one is not known. */
const NODE_TREE_CHARS_MAX = 4 * 1024 * 1024;
/** Nesting of a node tree that is followed. */
const NODE_TREE_DEPTH_MAX = 1_000;

                                                                 

                           
                        
                                                                                             
                                                             
 

/** A query of a tree that changes rows. */
                            
                            
                                                             
                                  
                                
                                        
                           
 

                            
                                        
                                      
                                          
                                                                                  
                                        
 

/** @returns undefined when the text is no node tree, or too large. */
function parseNodeTree(text        )                        {
  if (text.length > NODE_TREE_CHARS_MAX) return undefined;
  try {
    const reader = new Reader(text);
    const value = reader.value(0);
    return reader.done ? value : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** What the queries of a tree do, those in WITH and sub-selects included. */
function treeFacts(tree           )            {
  const facts = {
    writes: []               ,
    reads: new Set        (),
    functions: new Set        (),
    utilities: []            ,
  };
  visit(tree);
  return facts;

  function visit(value           )       {
    if (typeof value === "string") return;
    if (isList(value)) {
      for (const item of value) visit(item);
      return;
    }
    if (value.type === "QUERY") query(value);
    for (const [name, parts] of value.fields) {
      if (FUNCTION_FIELDS.has(name)) {
        const oid = Number(parts[0]);
        if (oid > 0) facts.functions.add(oid);
      }
      for (const part of parts) visit(part);
    }
  }

  function query(node          )       {
    const utility = node.fields.get("utilityStmt")?.[0];
    if (utility !== undefined && typeof utility === "object" && !isList(utility)) facts.utilities.push(utility.type);
    const entries = node.fields.get("rtable")?.[0];
    const table = entries !== undefined && isList(entries) ? entries : [];
    const target = Number(node.fields.get("resultRelation")?.[0] ?? 0);
    const type = node.fields.get("commandType")?.[0];
    const command = typeof type === "string" ? COMMANDS.get(type) : undefined;
    for (const [index, entry] of table.entries()) {
      if (typeof entry === "string" || isList(entry)) continue;
      const relation = Number(entry.fields.get("relid")?.[0] ?? 0);
      if (relation === 0) continue;
      if (index + 1 !== target || command === undefined) facts.reads.add(relation);
      else {
        const conflict = node.fields.get("onConflict")?.[0];
        const upsert = typeof conflict === "object" && !isList(conflict) && conflict.fields.get("action")?.[0] === "2";
        facts.writes.push({ relation, command, conditional: isConditional(node), upsert });
        if (command !== "INSERT" || upsert) facts.reads.add(relation);
      }
    }
  }
}

function isList(value           )                                {
  return Array.isArray(value);
}

function isConditional(query          )          {
  const join = query.fields.get("jointree")?.[0];
  if (typeof join !== "object" || isList(join)) return true;
  return join.fields.get("quals")?.[0] !== "<>";
}

class Reader {
           #text        ;
  #at = 0;
  #token                    ;

  constructor(text        ) {
    this.#text = text;
    this.#next();
  }

  get done()          {
    return this.#token === undefined;
  }

  value(depth        )            {
    if (depth > NODE_TREE_DEPTH_MAX) throw new RangeError("nested too deeply");
    const token = this.#take();
    if (token === "{") return this.#node(depth);
    if (token === "(") {
      const items              = [];
      while (this.#token !== ")") items.push(this.value(depth + 1));
      this.#take();
      return items;
    }
    if (token === "}" || token === ")") throw new RangeError("a closing bracket without its opening one");
    return token;
  }

  #node(depth        )           {
    const type = this.#take();
    const fields = new Map                     ();
    let values              = [];
    while (this.#token !== "}") {
      if (this.#token?.startsWith(":") === true) {
        values = [];
        fields.set(this.#take().slice(1), values);
      } else values.push(this.value(depth + 1));
    }
    this.#take();
    return { type, fields };
  }

  #take()         {
    const token = this.#token;
    if (token === undefined) throw new RangeError("the text ends too early");
    this.#next();
    return token;
  }

  #next()       {
    TOKEN.lastIndex = this.#at;
    const match = TOKEN.exec(this.#text);
    this.#token = match?.[1];
    this.#at = TOKEN.lastIndex;
    if (match === null) this.#token = undefined;
  }
}

/** As pg_strtok reads: brackets are tokens, a backslash takes the next character with it. */
const TOKEN = /[ \n\t]*([(){}]|(?:\\[^]|[^ \n\t(){}\\])+)/y;
const COMMANDS                                            = new Map([
  ["2", "UPDATE"],
  ["3", "INSERT"],
  ["4", "DELETE"],
  // Before version 15 this number stood for utility statements, which have no result relation.
  ["5", "MERGE"],
]);
const FUNCTION_FIELDS                      = new Set(["funcid", "opfuncid", "aggfnoid", "winfnoid"]);


/***/ }),

/***/ 85820:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   K: () => (/* binding */ NODES)
/* harmony export */ });
/**
 * The closed table of parse-tree nodes that the classifier knows: node type → its fields. Pure data.
 *
 * A type or field that is not listed makes the command unclassified: this is how "everything was looked at" is kept
 * when the grammar grows. Only nodes that PostgreSQL's raw parser can produce are listed (gram.y; parsenodes.h,
 * primnodes.h); a test compares the table with the library's own type list.
 * In a line, `field*` holds nodes, `field:Type` holds one node of that type, `field` holds a scalar.
 */

                                                                       

const LINES                                         = [
  ["Integer", "ival"],
  ["Float", "fval"],
  ["Boolean", "boolval"],
  ["String", "sval"],
  ["BitString", "bsval"],
  ["List", "items*"],
  ["A_Const", "ival:Integer fval:Float boolval:Boolean sval:String bsval:BitString isnull location"],
  ["Alias", "aliasname colnames*"],
  ["RangeVar", "catalogname schemaname relname inh relpersistence alias:Alias location"],
  ["IntoClause", "rel:RangeVar colNames* accessMethod options* onCommit tableSpaceName skipData"],
  ["GroupingFunc", "args* refs* agglevelsup location"],
  ["MergeSupportFunc", "msftype msfcollid location"],
  ["NamedArgExpr", "arg* name argnumber location"],
  ["BoolExpr", "boolop args* location"],
  ["SubLink", "subLinkType subLinkId testexpr* operName* subselect* location"],
  ["CaseExpr", "casetype casecollid arg* args* defresult* location"],
  ["CaseWhen", "expr* result* location"],
  ["RowExpr", "args* row_typeid row_format colnames* location"],
  ["CoalesceExpr", "coalescetype coalescecollid args* location"],
  ["MinMaxExpr", "minmaxtype minmaxcollid inputcollid op args* location"],
  ["SQLValueFunction", "op type typmod location"],
  ["XmlExpr", "op name named_args* arg_names* args* xmloption indent type typmod location"],
  ["JsonFormat", "format_type encoding location"],
  ["JsonReturning", "format:JsonFormat typid typmod"],
  ["JsonValueExpr", "raw_expr* formatted_expr* format:JsonFormat"],
  ["JsonIsPredicate", "expr* format:JsonFormat item_type unique_keys location"],
  ["JsonBehavior", "btype expr* coerce location"],
  ["NullTest", "arg* nulltesttype argisrow location"],
  ["BooleanTest", "arg* booltesttype location"],
  ["SetToDefault", "typeId typeMod collation location"],
  ["CurrentOfExpr", "cvarno cursor_name cursor_param"],
  ["JoinExpr", "jointype isNatural larg* rarg* usingClause* join_using_alias:Alias quals* alias:Alias rtindex"],
  ["TypeName", "names* typeOid setof pct_type typmods* typemod arrayBounds* location"],
  ["ColumnRef", "fields* location"],
  ["ParamRef", "number location"],
  ["A_Expr", "kind name* lexpr* rexpr* rexpr_list_start rexpr_list_end location"],
  ["TypeCast", "arg* typeName:TypeName location"],
  ["CollateClause", "arg* collname* location"],
  ["RoleSpec", "roletype rolename location"],
  [
    "FuncCall",
    "funcname* args* agg_order* agg_filter* over:WindowDef agg_within_group agg_star agg_distinct func_variadic funcformat location",
  ],
  ["A_Star", ""],
  ["A_Indices", "is_slice lidx* uidx*"],
  ["A_Indirection", "arg* indirection*"],
  ["A_ArrayExpr", "elements* list_start list_end location"],
  ["ResTarget", "name indirection* val* location"],
  ["MultiAssignRef", "source* colno ncolumns"],
  ["SortBy", "node* sortby_dir sortby_nulls useOp* location"],
  ["WindowDef", "name refname partitionClause* orderClause* frameOptions startOffset* endOffset* location"],
  ["RangeSubselect", "lateral subquery* alias:Alias"],
  ["RangeFunction", "lateral ordinality is_rowsfrom functions* alias:Alias coldeflist*"],
  ["RangeTableFunc", "lateral docexpr* rowexpr* namespaces* columns* alias:Alias location"],
  ["RangeTableFuncCol", "colname typeName:TypeName for_ordinality is_not_null colexpr* coldefexpr* location"],
  ["RangeTableSample", "relation* method* args* repeatable* location"],
  [
    "ColumnDef",
    "colname typeName:TypeName compression inhcount is_local is_not_null is_from_type storage storage_name raw_default* cooked_default* identity identitySequence:RangeVar generated collClause:CollateClause collOid constraints* fdwoptions* location",
  ],
  ["TableLikeClause", "relation:RangeVar options relationOid"],
  ["IndexElem", "name expr* indexcolname collation* opclass* opclassopts* ordering nulls_ordering"],
  ["DefElem", "defnamespace defname arg* defaction location"],
  ["LockingClause", "lockedRels* strength waitPolicy"],
  ["XmlSerialize", "xmloption expr* typeName:TypeName indent location"],
  ["PartitionElem", "name expr* collation* opclass* location"],
  ["PartitionSpec", "strategy partParams* location"],
  ["PartitionBoundSpec", "strategy is_default modulus remainder listdatums* lowerdatums* upperdatums* location"],
  ["PartitionRangeDatum", "kind value* location"],
  ["PartitionCmd", "name:RangeVar bound:PartitionBoundSpec concurrent"],
  ["GroupingSet", "kind content* location"],
  ["WithClause", "ctes* recursive location"],
  ["InferClause", "indexElems* whereClause* conname location"],
  ["OnConflictClause", "action infer:InferClause targetList* whereClause* location"],
  ["CTESearchClause", "search_col_list* search_breadth_first search_seq_column location"],
  [
    "CTECycleClause",
    "cycle_col_list* cycle_mark_column cycle_mark_value* cycle_mark_default* cycle_path_column location cycle_mark_type cycle_mark_typmod cycle_mark_collation cycle_mark_neop",
  ],
  [
    "CommonTableExpr",
    "ctename aliascolnames* ctematerialized ctequery* search_clause:CTESearchClause cycle_clause:CTECycleClause location cterecursive cterefcount ctecolnames* ctecoltypes* ctecoltypmods* ctecolcollations*",
  ],
  ["MergeWhenClause", "matchKind commandType override condition* targetList* values*"],
  ["ReturningOption", "option value location"],
  ["ReturningClause", "options* exprs*"],
  ["TriggerTransition", "name isNew isTable"],
  ["JsonOutput", "typeName:TypeName returning:JsonReturning"],
  ["JsonArgument", "val:JsonValueExpr name"],
  [
    "JsonFuncExpr",
    "op column_name context_item:JsonValueExpr pathspec* passing* output:JsonOutput on_empty:JsonBehavior on_error:JsonBehavior wrapper quotes location",
  ],
  ["JsonTablePathSpec", "string* name name_location location"],
  [
    "JsonTable",
    "context_item:JsonValueExpr pathspec:JsonTablePathSpec passing* columns* on_error:JsonBehavior alias:Alias lateral location",
  ],
  [
    "JsonTableColumn",
    "coltype name typeName:TypeName pathspec:JsonTablePathSpec format:JsonFormat wrapper quotes columns* on_empty:JsonBehavior on_error:JsonBehavior location",
  ],
  ["JsonKeyValue", "key* value:JsonValueExpr"],
  ["JsonParseExpr", "expr:JsonValueExpr output:JsonOutput unique_keys location"],
  ["JsonScalarExpr", "expr* output:JsonOutput location"],
  ["JsonSerializeExpr", "expr:JsonValueExpr output:JsonOutput location"],
  ["JsonObjectConstructor", "exprs* output:JsonOutput absent_on_null unique location"],
  ["JsonArrayConstructor", "exprs* output:JsonOutput absent_on_null location"],
  ["JsonArrayQueryConstructor", "query* output:JsonOutput format:JsonFormat absent_on_null location"],
  ["JsonAggConstructor", "output:JsonOutput agg_filter* agg_order* over:WindowDef location"],
  ["JsonObjectAgg", "constructor:JsonAggConstructor arg:JsonKeyValue absent_on_null unique"],
  ["JsonArrayAgg", "constructor:JsonAggConstructor arg:JsonValueExpr absent_on_null"],
  [
    "InsertStmt",
    "relation:RangeVar cols* selectStmt* onConflictClause:OnConflictClause returningClause:ReturningClause withClause:WithClause override",
  ],
  ["DeleteStmt", "relation:RangeVar usingClause* whereClause* returningClause:ReturningClause withClause:WithClause"],
  [
    "UpdateStmt",
    "relation:RangeVar targetList* whereClause* fromClause* returningClause:ReturningClause withClause:WithClause",
  ],
  [
    "MergeStmt",
    "relation:RangeVar sourceRelation* joinCondition* mergeWhenClauses* returningClause:ReturningClause withClause:WithClause",
  ],
  [
    "SelectStmt",
    "distinctClause* intoClause:IntoClause targetList* fromClause* whereClause* groupClause* groupDistinct havingClause* windowClause* valuesLists* sortClause* limitOffset* limitCount* limitOption lockingClause* withClause:WithClause op all larg:SelectStmt rarg:SelectStmt",
  ],
  ["ReturnStmt", "returnval*"],
  ["CreateSchemaStmt", "schemaname authrole:RoleSpec schemaElts* if_not_exists"],
  ["AlterTableStmt", "relation:RangeVar cmds* objtype missing_ok"],
  ["AlterTableCmd", "subtype name num newowner:RoleSpec def* behavior missing_ok recurse"],
  [
    "ATAlterConstraint",
    "conname alterEnforceability is_enforced alterDeferrability deferrable initdeferred alterInheritability noinherit",
  ],
  ["ReplicaIdentityStmt", "identity_type name"],
  ["AlterCollationStmt", "collname*"],
  ["AlterDomainStmt", "subtype typeName* name def* behavior missing_ok"],
  ["GrantStmt", "is_grant targtype objtype objects* privileges* grantees* grant_option grantor:RoleSpec behavior"],
  ["ObjectWithArgs", "objname* objargs* objfuncargs* args_unspecified"],
  ["AccessPriv", "priv_name cols*"],
  ["GrantRoleStmt", "granted_roles* grantee_roles* is_grant opt* grantor:RoleSpec behavior"],
  ["AlterDefaultPrivilegesStmt", "options* action:GrantStmt"],
  ["CopyStmt", "relation:RangeVar query* attlist* is_from is_program filename options* whereClause*"],
  ["VariableSetStmt", "kind name args* jumble_args is_local location"],
  ["VariableShowStmt", "name"],
  [
    "CreateStmt",
    "relation:RangeVar tableElts* inhRelations* partbound:PartitionBoundSpec partspec:PartitionSpec ofTypename:TypeName constraints* nnconstraints* options* oncommit tablespacename accessMethod if_not_exists",
  ],
  [
    "Constraint",
    "contype conname deferrable initdeferred is_enforced skip_validation initially_valid is_no_inherit raw_expr* cooked_expr generated_when generated_kind nulls_not_distinct keys* without_overlaps including* exclusions* options* indexname indexspace reset_default_tblspc access_method where_clause* pktable:RangeVar fk_attrs* pk_attrs* fk_with_period pk_with_period fk_matchtype fk_upd_action fk_del_action fk_del_set_cols* old_conpfeqop* old_pktable_oid location",
  ],
  ["CreateTableSpaceStmt", "tablespacename owner:RoleSpec location options*"],
  ["DropTableSpaceStmt", "tablespacename missing_ok"],
  ["AlterTableSpaceOptionsStmt", "tablespacename options* isReset"],
  ["AlterTableMoveAllStmt", "orig_tablespacename objtype roles* new_tablespacename nowait"],
  ["CreateExtensionStmt", "extname if_not_exists options*"],
  ["AlterExtensionStmt", "extname options*"],
  ["AlterExtensionContentsStmt", "extname action objtype object*"],
  ["CreateFdwStmt", "fdwname func_options* options*"],
  ["AlterFdwStmt", "fdwname func_options* options*"],
  ["CreateForeignServerStmt", "servername servertype version fdwname if_not_exists options*"],
  ["AlterForeignServerStmt", "servername version options* has_version"],
  ["CreateForeignTableStmt", "base:CreateStmt servername options*"],
  ["CreateUserMappingStmt", "user:RoleSpec servername if_not_exists options*"],
  ["AlterUserMappingStmt", "user:RoleSpec servername options*"],
  ["DropUserMappingStmt", "user:RoleSpec servername missing_ok"],
  ["ImportForeignSchemaStmt", "server_name remote_schema local_schema list_type table_list* options*"],
  ["CreatePolicyStmt", "policy_name table:RangeVar cmd_name permissive roles* qual* with_check*"],
  ["AlterPolicyStmt", "policy_name table:RangeVar roles* qual* with_check*"],
  ["CreateAmStmt", "amname handler_name* amtype"],
  [
    "CreateTrigStmt",
    "replace isconstraint trigname relation:RangeVar funcname* args* row timing events columns* whenClause* transitionRels* deferrable initdeferred constrrel:RangeVar",
  ],
  ["CreateEventTrigStmt", "trigname eventname whenclause* funcname*"],
  ["AlterEventTrigStmt", "trigname tgenabled"],
  ["CreatePLangStmt", "replace plname plhandler* plinline* plvalidator* pltrusted"],
  ["CreateRoleStmt", "stmt_type role options*"],
  ["AlterRoleStmt", "role:RoleSpec options* action"],
  ["AlterRoleSetStmt", "role:RoleSpec database setstmt:VariableSetStmt"],
  ["DropRoleStmt", "roles* missing_ok"],
  ["CreateSeqStmt", "sequence:RangeVar options* ownerId for_identity if_not_exists"],
  ["AlterSeqStmt", "sequence:RangeVar options* for_identity missing_ok"],
  ["DefineStmt", "kind oldstyle defnames* args* definition* if_not_exists replace"],
  ["CreateDomainStmt", "domainname* typeName:TypeName collClause:CollateClause constraints*"],
  ["CreateOpClassStmt", "opclassname* opfamilyname* amname datatype:TypeName items* isDefault"],
  ["CreateOpClassItem", "itemtype name:ObjectWithArgs number order_family* class_args* storedtype:TypeName"],
  ["CreateOpFamilyStmt", "opfamilyname* amname"],
  ["AlterOpFamilyStmt", "opfamilyname* amname isDrop items*"],
  ["DropStmt", "objects* removeType behavior missing_ok concurrent"],
  ["TruncateStmt", "relations* restart_seqs behavior"],
  ["CommentStmt", "objtype object* comment"],
  ["SecLabelStmt", "objtype object* provider label"],
  ["DeclareCursorStmt", "portalname options query*"],
  ["ClosePortalStmt", "portalname"],
  ["FetchStmt", "direction howMany portalname ismove"],
  [
    "IndexStmt",
    "idxname relation:RangeVar accessMethod tableSpace indexParams* indexIncludingParams* options* whereClause* excludeOpNames* idxcomment indexOid oldNumber oldCreateSubid oldFirstRelfilelocatorSubid unique nulls_not_distinct primary isconstraint iswithoutoverlaps deferrable initdeferred transformed concurrent if_not_exists reset_default_tblspc",
  ],
  ["CreateStatsStmt", "defnames* stat_types* exprs* relations* stxcomment transformed if_not_exists"],
  ["StatsElem", "name expr*"],
  ["AlterStatsStmt", "defnames* stxstattarget* missing_ok"],
  ["CreateFunctionStmt", "is_procedure replace funcname* parameters* returnType:TypeName options* sql_body*"],
  ["FunctionParameter", "name argType:TypeName mode defexpr* location"],
  ["AlterFunctionStmt", "objtype func:ObjectWithArgs actions*"],
  ["DoStmt", "args*"],
  ["CallStmt", "funccall:FuncCall outargs*"],
  ["RenameStmt", "renameType relationType relation:RangeVar object* subname newname behavior missing_ok"],
  ["AlterObjectDependsStmt", "objectType relation:RangeVar object* extname:String remove"],
  ["AlterObjectSchemaStmt", "objectType relation:RangeVar object* newschema missing_ok"],
  ["AlterOwnerStmt", "objectType relation:RangeVar object* newowner:RoleSpec"],
  ["AlterOperatorStmt", "opername:ObjectWithArgs options*"],
  ["AlterTypeStmt", "typeName* options*"],
  ["RuleStmt", "relation:RangeVar rulename whereClause* event instead actions* replace"],
  ["NotifyStmt", "conditionname payload"],
  ["ListenStmt", "conditionname"],
  ["UnlistenStmt", "conditionname"],
  ["TransactionStmt", "kind options* savepoint_name gid chain location"],
  ["CompositeTypeStmt", "typevar:RangeVar coldeflist*"],
  ["CreateEnumStmt", "typeName* vals*"],
  ["CreateRangeStmt", "typeName* params*"],
  ["AlterEnumStmt", "typeName* oldVal newVal newValNeighbor newValIsAfter skipIfNewValExists"],
  ["ViewStmt", "view:RangeVar aliases* query* replace options* withCheckOption"],
  ["LoadStmt", "filename"],
  ["CreatedbStmt", "dbname options*"],
  ["AlterDatabaseStmt", "dbname options*"],
  ["AlterDatabaseRefreshCollStmt", "dbname"],
  ["AlterDatabaseSetStmt", "dbname setstmt:VariableSetStmt"],
  ["DropdbStmt", "dbname missing_ok options*"],
  ["AlterSystemStmt", "setstmt:VariableSetStmt"],
  ["ClusterStmt", "relation:RangeVar indexname params*"],
  ["VacuumStmt", "options* rels* is_vacuumcmd"],
  ["VacuumRelation", "relation:RangeVar oid va_cols*"],
  ["ExplainStmt", "query* options*"],
  ["CreateTableAsStmt", "query* into:IntoClause objtype is_select_into if_not_exists"],
  ["RefreshMatViewStmt", "concurrent skipData relation:RangeVar"],
  ["CheckPointStmt", ""],
  ["DiscardStmt", "target"],
  ["LockStmt", "relations* mode nowait"],
  ["ConstraintsSetStmt", "constraints* deferred"],
  ["ReindexStmt", "kind relation:RangeVar name params*"],
  ["CreateConversionStmt", "conversion_name* for_encoding_name to_encoding_name func_name* def"],
  ["CreateCastStmt", "sourcetype:TypeName targettype:TypeName func:ObjectWithArgs context inout"],
  ["CreateTransformStmt", "replace type_name:TypeName lang fromsql:ObjectWithArgs tosql:ObjectWithArgs"],
  ["PrepareStmt", "name argtypes* query*"],
  ["ExecuteStmt", "name params*"],
  ["DeallocateStmt", "name isall location"],
  ["DropOwnedStmt", "roles* behavior"],
  ["ReassignOwnedStmt", "roles* newrole:RoleSpec"],
  ["AlterTSDictionaryStmt", "dictname* options*"],
  ["AlterTSConfigurationStmt", "kind cfgname* tokentype* dicts* override replace missing_ok"],
  ["PublicationTable", "relation:RangeVar whereClause* columns*"],
  ["PublicationObjSpec", "pubobjtype name pubtable:PublicationTable location"],
  ["CreatePublicationStmt", "pubname options* pubobjects* for_all_tables"],
  ["AlterPublicationStmt", "pubname options* pubobjects* for_all_tables action"],
  ["CreateSubscriptionStmt", "subname conninfo publication* options*"],
  ["AlterSubscriptionStmt", "kind subname conninfo publication* options*"],
  ["DropSubscriptionStmt", "subname missing_ok behavior"],
];

/** Node type → field → what the field holds. */
const NODES                                                      = new Map(
  LINES.map(([type, fields]) => [type, new Map(fields.split(" ").filter(Boolean).map(readField))]),
);

function readField(field        )                      {
  if (field.endsWith("*")) return [field.slice(0, -1), "nodes"];
  const [name, type] = field.split(":");
  return [name ?? "", type === undefined ? "scalar" : { type }];
}


/***/ }),

/***/ 39207:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  qd: () => (/* binding */ loadParser),
  Tu: () => (/* binding */ parsePlpgsql),
  eg: () => (/* binding */ parseSql)
});

// UNUSED EXPORTS: PARSER_HEAP_BYTES_MAX, SQL_BYTES_MAX

// EXTERNAL MODULE: ./node_modules/libpg-query/wasm/libpg-query.js
var libpg_query = __webpack_require__(53995);
// EXTERNAL MODULE: external "node:v8"
var external_node_v8_ = __webpack_require__(78877);
;// CONCATENATED MODULE: ./packages/sql/src/compiled-once.js
/**
 * Compiles WebAssembly once and for all. V8 compiles a function in a hurry first and again, with care, when it turns out
 * to be busy. PostgreSQL's grammar is one function of such a size that the second time takes half a gigabyte of memory
 * for a second, with the first commands of a process, to gain a tenth of the time: a container may not survive it.
 * Touches V8's flags while `load` runs; they count when a function is compiled, so other modules are not concerned.
 */


/** Functions that are compiled for the first time while `load` runs are not compiled again. */
async function compiledOnce(load                     )                {
  for (const flag of FLAGS) external_node_v8_.setFlagsFromString(`--no-${flag}`);
  external_node_v8_.setFlagsFromString("--liftoff-only");
  try {
    await load();
  } finally {
    external_node_v8_.setFlagsFromString("--no-liftoff-only");
    for (const flag of FLAGS) external_node_v8_.setFlagsFromString(`--${flag}`);
  }
}

const FLAGS = ["wasm-tier-up", "wasm-dynamic-tiering"];

// EXTERNAL MODULE: ./packages/sql/src/errors.js
var errors = __webpack_require__(8390);
// EXTERNAL MODULE: ./packages/sql/src/tokens.js
var tokens = __webpack_require__(92131);
;// CONCATENATED MODULE: ./packages/sql/src/parser.js
/**
 * PostgreSQL's own grammar (libpg-query, WebAssembly), made safe to feed with hostile text.
 *
 * Traps this file closes: NUL truncates silently; deeply nested text overflows the stack inside WebAssembly, and an
 * instance in which that happened must never be used again (its stack pointer is not restored, so after some hundred
 * such texts its memory is corrupt). A trapped instance is thrown away, a spare takes its place, and a new spare is
 * made in the background; until then commands are refused. Touches the file that holds the WebAssembly, nothing else.
 */





/** Longest SQL text that is classified, in bytes of UTF-8. */
const SQL_BYTES_MAX = 8 * 1024 * 1024;
/** WebAssembly memory of a parser above which it is replaced: it never shrinks by itself. */
const PARSER_HEAP_BYTES_MAX = 512 * 1024 * 1024;

/** A parsed node: one key, the node's type; an empty object is a null list element. */
                                                                                   
                                                                      

                               
                             
 

                          
                                                                           
                                                                                          
                                                          

let current                           ;
let spare                           ;
let making                           ;
let loaded = false;
let loading                           ;

/** Loads the grammar; call once before `analyse`. */
async function loadParser()                {
  loading ??= compiledOnce(async () => {
    current ??= await libpg_query();
    loaded = true;
    await refill();
    // What is compiled now stays as it is: above all the grammar's tables and its one huge function.
    for (const text of FIRST_TEXTS) parseSql(text);
  });
  await loading;
  await refill();
}

/**
 * Parses a whole command text.
 * @throws {SqlError} PARSER_NOT_LOADED.
 */
function parseSql(text        )               {
  if (!loaded) throw new errors/* SqlError */.L("PARSER_NOT_LOADED", "bug", "call loadParser() before classifying SQL");
  if (text.includes("\0")) return { kind: "refused", reason: "the text holds a NUL character" };
  if (!text.isWellFormed()) return { kind: "refused", reason: "the text is not valid Unicode" };
  if (text.length > SQL_BYTES_MAX || Buffer.byteLength(text) > SQL_BYTES_MAX) {
    return { kind: "refused", reason: `the text is longer than ${SQL_BYTES_MAX} bytes` };
  }
  if ((0,tokens/* hasTooManyTokens */.sm)(text)) return { kind: "refused", reason: `the text has more than ${tokens/* SQL_TOKENS_MAX */.fu} tokens` };
  return guarded              (
    (parser) => run(parser, text),
    (reason) => ({ kind: "refused", reason }),
  );
}

                         
                                                                                                              

/**
 * Parses the PL/pgSQL body inside a CREATE FUNCTION, CREATE PROCEDURE or DO.
 * @throws {SqlError} PARSER_NOT_LOADED.
 */
function parsePlpgsql(definition        )              {
  const before = parseSql(definition);
  if (before.kind !== "tree") return { kind: "refused", reason: "a function's body does not parse" };
  return guarded             (
    (parser) => runPlpgsql(parser, definition),
    (reason) => ({ kind: "refused", reason }),
  );
}

/** Runs `work` on an instance of the parser; one that trapped is thrown away. */
function guarded   (work                              , refuse                       )    {
  const parser = take();
  if (parser === undefined) return refuse("the parser is being replaced; try again");
  try {
    return work(parser);
  } catch {
    discard(parser);
    return refuse("the statement is nested too deeply or too large to parse");
  } finally {
    if (parser.HEAPU8.length > PARSER_HEAP_BYTES_MAX) discard(parser);
  }
}

function runPlpgsql(parser               , definition        )              {
  const bytes = parser.lengthBytesUTF8(definition) + 1;
  const input = parser._malloc(bytes);
  if (input === 0) throw new RangeError("out of memory");
  parser.stringToUTF8(definition, input, bytes);
  const result = parser._wasm_parse_plpgsql(input);
  if (result === 0) throw new RangeError("out of memory");
  const output = parser.UTF8ToString(result);
  parser._wasm_free_string(result);
  parser._free(input);
  // The module answers with an error's text in place of the tree.
  if (!output.startsWith('{"plpgsql_funcs"')) return { kind: "refused", reason: "a function's body does not parse" };
  const functions = (JSON.parse(output)              )["plpgsql_funcs"];
  return { kind: "tree", functions: functions ?? null };
}

function run(parser               , text        )               {
  const bytes = parser.lengthBytesUTF8(text) + 1;
  const query = parser._malloc(bytes);
  if (query === 0) throw new RangeError("out of memory");
  parser.stringToUTF8(text, query, bytes);
  const result = parser._wasm_parse_query_raw(query);
  if (result === 0) throw new RangeError("out of memory");
  // struct PgQueryParseResult { char *parse_tree; char *stderr_buffer; PgQueryError *error; }
  const tree = parser.getValue(result, "i32");
  const error = parser.getValue(result + 8, "i32");
  let outcome              ;
  if (error !== 0) {
    // struct PgQueryError { char *message; char *funcname; char *filename; int lineno; int cursorpos; char *context; }
    const message = parser.UTF8ToString(parser.getValue(error, "i32"));
    const position = parser.getValue(error + 16, "i32");
    // Errors without a place are the grammar's own limits (memory, stack), not the text's syntax.
    outcome = /memory exhausted|stack depth|out of memory/.test(message)
      ? { kind: "refused", reason: "the statement is nested too deeply to parse" }
      : { kind: "syntax-error", message, position: Math.max(position, 0) };
  } else {
    const parsed = JSON.parse(parser.UTF8ToString(tree))                                                ;
    outcome = { kind: "tree", statements: parsed.stmts ?? [] };
  }
  parser._wasm_free_parse_result(result);
  parser._free(query);
  return outcome;
}

function take()                            {
  if (current === undefined && spare !== undefined) {
    current = spare;
    spare = undefined;
  }
  if (spare === undefined) void refill();
  return current;
}

function discard(parser               )       {
  if (current !== parser) return;
  current = spare;
  spare = undefined;
  void refill();
}

/** Makes the missing instances; a failure is tried again at the next command. */
async function refill()                {
  if (current !== undefined && spare !== undefined) return;
  making ??= (async () => {
    try {
      current ??= await libpg_query();
      spare ??= await libpg_query();
    } catch {
      // Without an instance every command is refused, and the next one tries again.
    } finally {
      making = undefined;
    }
  })();
  await making;
}

const FIRST_TEXTS = [
  "SELECT a.x, count(*) FROM s.t a JOIN u USING (id) WHERE a.y = $1 AND b LIKE 'x%' GROUP BY 1 ORDER BY 2 LIMIT 10",
  "INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING RETURNING *; UPDATE t SET a = 1 WHERE b > 2; DELETE FROM t",
  "CREATE TABLE t (id int PRIMARY KEY); BEGIN; COMMIT; SET x = 1; SHOW x",
  "SELECT (",
];


/***/ }),

/***/ 52152:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   I: () => (/* binding */ SAFE_FUNCTIONS),
/* harmony export */   z: () => (/* binding */ CONTENT_FREE_FUNCTIONS)
/* harmony export */ });
/**
 * The built-in list behind `functions: safe`: functions of pg_catalog that neither change anything nor run SQL given
 * as text, and that reach no file, large object, lock, notification, sequence, setting or other session. Pure data.
 *
 * Every overload of a listed name must be safe, on PostgreSQL 13 to 18. Left out on purpose, among others:
 * query_to_xml, table_to_xml, database_to_xml and the like, ts_stat, ts_rewrite (run SQL or read whole tables);
 * nextval, setval, currval, lastval, pg_sequence_last_value (sequences); set_config, setseed (session state);
 * pg_sleep, pg_advisory_*, pg_notify, lo_*, pg_read_*, pg_ls_*, pg_stat_file, pg_stat_get_* (others' query texts),
 * pg_current_xact_id, txid_current (take a transaction id), pg_show_all_file_settings, pg_hba_file_rules, pg_config,
 * pg_get_publication_tables, pg_relation_filepath, pg_tablespace_location (paths), pg_cancel_backend, pg_reload_conf.
 * The source is the manual's chapter 9 and pg_proc.dat, checked against the catalogues of PostgreSQL 15 and 18:
 * what is volatile there and listed here is about time, chance, sizes and partition trees.
 */

const GROUPS                    = [
  // mathematics
  `abs acos acosd asin asind atan atan2 atan2d atand cbrt ceil ceiling cos cosd cosh cot cotd acosh asinh atanh degrees
   div erf erfc exp factorial floor gamma gcd lgamma lcm ln log log10 min_scale mod pi power pow radians random
   random_normal round scale sign sin sind sinh sqrt tan tand tanh trim_scale trunc width_bucket`,
  // text and bytes
  `ascii bit_count bit_length btrim casefold char_length character_length chr concat concat_ws convert convert_from
   convert_to crc32 crc32c decode encode format get_bit get_byte initcap is_normalized left length like like_escape lower
   lpad ltrim md5 normalize notlike octet_length overlay parse_ident pg_client_encoding position quote_ident quote_literal
   quote_nullable regexp_count regexp_instr regexp_like regexp_match regexp_matches regexp_replace
   regexp_split_to_array regexp_split_to_table regexp_substr repeat replace reverse right rpad rtrim set_bit set_byte
   sha224 sha256 sha384 sha512 similar_escape similar_to_escape split_part starts_with string_to_array string_to_table
   strpos substr substring to_ascii to_bin to_hex to_oct translate unicode_assigned unistr upper unicode_version`,
  // conversions
  `to_char to_date to_number to_timestamp bpchar char date float4 float8 int2 int4 int8 interval money name numeric text
   time timestamp timestamptz timetz varchar bit varbit bool`,
  // dates and times
  `age clock_timestamp date_add date_bin date_part date_subtract date_trunc extract isfinite justify_days justify_hours
   justify_interval make_date make_interval make_time make_timestamp make_timestamptz now overlaps statement_timestamp
   timeofday timezone transaction_timestamp`,
  // arrays, ranges, comparisons, sets
  `array_append array_cat array_dims array_fill array_length array_lower array_ndims array_position array_positions
   array_prepend array_remove array_replace array_reverse array_sample array_shuffle array_sort array_to_string
   array_upper cardinality generate_series generate_subscripts trim_array unnest num_nonnulls num_nulls isempty lower_inc
   lower_inf upper_inc upper_inf range_merge multirange int4range int8range numrange tsrange tstzrange daterange
   int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange`,
  // aggregates and windows
  `any_value array_agg avg bit_and bit_or bit_xor bool_and bool_or count every max min range_agg
   range_intersect_agg string_agg sum corr covar_pop covar_samp regr_avgx regr_avgy regr_count regr_intercept regr_r2
   regr_slope regr_sxx regr_sxy regr_syy stddev stddev_pop stddev_samp var_pop var_samp variance mode percentile_cont
   percentile_disc rank dense_rank percent_rank cume_dist row_number ntile lag lead first_value last_value nth_value
   xmlagg json_agg json_agg_strict jsonb_agg jsonb_agg_strict json_object_agg json_object_agg_strict
   json_object_agg_unique json_object_agg_unique_strict jsonb_object_agg jsonb_object_agg_strict
   jsonb_object_agg_unique jsonb_object_agg_unique_strict`,
  // JSON
  `array_to_json json_array_elements json_array_elements_text json_array_length json_build_array json_build_object
   json_each json_each_text json_extract_path json_extract_path_text json_object json_object_keys json_populate_record
   json_populate_recordset json_strip_nulls json_to_record json_to_recordset json_typeof jsonb_array_elements
   jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text
   jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_keys jsonb_path_exists
   jsonb_path_exists_tz jsonb_path_match jsonb_path_match_tz jsonb_path_query jsonb_path_query_array
   jsonb_path_query_array_tz jsonb_path_query_first jsonb_path_query_first_tz jsonb_path_query_tz jsonb_populate_record
   jsonb_populate_record_valid jsonb_populate_recordset jsonb_pretty jsonb_set jsonb_set_lax jsonb_strip_nulls
   jsonb_to_record jsonb_to_recordset jsonb_typeof row_to_json to_json to_jsonb`,
  // UUIDs, XML values, text search, networks, geometry
  `gen_random_uuid uuidv4 uuidv7 uuid_extract_timestamp uuid_extract_version xml_is_well_formed
   xml_is_well_formed_content xml_is_well_formed_document xmlcomment xmlconcat2 xmlexists xmltext xpath xpath_exists
   array_to_tsvector get_current_ts_config json_to_tsvector jsonb_to_tsvector numnode phraseto_tsquery plainto_tsquery
   querytree setweight strip to_tsquery to_tsvector ts_delete ts_filter ts_headline ts_rank ts_rank_cd tsquery_phrase
   tsvector_to_array websearch_to_tsquery abbrev broadcast family host hostmask inet_merge inet_same_family masklen
   netmask network set_masklen macaddr8_set7bit area bound_box box center circle diagonal diameter height isclosed isopen
   line lseg npoints path pclose point polygon popen radius slope width`,
  // the session and its catalogue, names only
  `current_database current_query current_schema current_schemas current_setting
   current_user getdatabaseencoding inet_client_addr inet_client_port inet_server_addr inet_server_port pg_backend_pid
   pg_conf_load_time pg_is_in_recovery pg_is_other_temp_schema pg_my_temp_schema pg_postmaster_start_time
   pg_trigger_depth session_user system_user version acldefault aclexplode makeaclitem col_description format_type
   has_any_column_privilege has_column_privilege has_database_privilege has_foreign_data_wrapper_privilege
   has_function_privilege has_language_privilege has_parameter_privilege has_schema_privilege has_sequence_privilege
   has_server_privilege has_table_privilege has_tablespace_privilege has_type_privilege obj_description
   pg_basetype pg_char_to_encoding pg_collation_for pg_collation_is_visible pg_column_compression
   pg_column_is_updatable pg_column_size pg_conversion_is_visible pg_database_size pg_describe_object
   pg_encoding_max_length pg_encoding_to_char pg_function_is_visible pg_get_catalog_foreign_keys pg_get_constraintdef
   pg_get_expr pg_get_function_arg_default pg_get_function_arguments pg_get_function_identity_arguments
   pg_get_function_result pg_get_function_sqlbody pg_get_functiondef pg_get_indexdef pg_get_keywords
   pg_get_object_address pg_get_partition_constraintdef pg_get_partkeydef pg_get_ruledef pg_get_serial_sequence
   pg_get_statisticsobjdef pg_get_statisticsobjdef_columns pg_get_statisticsobjdef_expressions pg_get_triggerdef
   pg_get_userbyid pg_get_viewdef pg_has_role pg_identify_object pg_identify_object_as_address
   pg_index_column_has_property pg_index_has_property pg_indexam_has_property pg_indexes_size pg_input_error_info
   pg_input_is_valid pg_opclass_is_visible pg_operator_is_visible pg_opfamily_is_visible pg_options_to_table
   pg_partition_ancestors pg_partition_root pg_partition_tree pg_relation_is_publishable pg_relation_is_updatable
   pg_relation_size pg_sequence_parameters pg_size_bytes pg_size_pretty pg_statistics_obj_is_visible pg_table_is_visible
   pg_table_size pg_timezone_abbrevs pg_timezone_names pg_total_relation_size pg_ts_config_is_visible
   pg_ts_dict_is_visible pg_ts_parser_is_visible pg_ts_template_is_visible pg_type_is_visible pg_typeof
   row_security_active shobj_description to_regclass to_regcollation to_regnamespace to_regoper to_regoperator to_regproc
   to_regprocedure to_regrole to_regtype to_regtypemod`,
];

/** Names of pg_catalog functions that carry the label @safe. */
const SAFE_FUNCTIONS                      = new Set(GROUPS.join(" ").split(/\s+/));

/**
 * Functions that are not safe but return nothing of any relation's content: with masks in force they cannot show a
 * masked value by themselves.
 */
const CONTENT_FREE_FUNCTIONS                      = new Set(
  `nextval setval currval lastval set_config setseed pg_sleep pg_sleep_for pg_sleep_until pg_advisory_lock
   pg_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_all pg_advisory_unlock_shared pg_advisory_xact_lock
   pg_advisory_xact_lock_shared pg_try_advisory_lock pg_try_advisory_lock_shared pg_try_advisory_xact_lock
   pg_try_advisory_xact_lock_shared pg_notify pg_cancel_backend pg_terminate_backend pg_current_xact_id txid_current
   pg_current_xact_id_if_assigned txid_current_if_assigned pg_current_wal_lsn pg_export_snapshot`.split(/\s+/),
);


/***/ }),

/***/ 9809:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   L: () => (/* binding */ parseSearchPath)
/* harmony export */ });
/** The value of search_path, as SHOW prints it and as functions store it. Pure. */

/**
 * Reads identifiers between commas, folded to lower case unless quoted.
 * @returns undefined for anything else: then nobody knows the path.
 */
function parseSearchPath(value        )                                {
  const names           = [];
  let rest = value.trim();
  if (rest === "" || rest === '""') return [];
  for (;;) {
    const quoted = /^"((?:[^"]|"")*)"\s*/.exec(rest);
    const plain = quoted === null ? /^([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)\s*/.exec(rest) : null;
    const match = quoted ?? plain;
    if (match?.[1] === undefined) return undefined;
    names.push(quoted === null ? match[1].toLowerCase() : match[1].replaceAll('""', '"'));
    rest = rest.slice(match[0].length);
    if (rest === "") return names;
    if (!rest.startsWith(",")) return undefined;
    rest = rest.slice(1).trimStart();
  }
}


/***/ }),

/***/ 92131:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   fu: () => (/* binding */ SQL_TOKENS_MAX),
/* harmony export */   kv: () => (/* binding */ endOfToken),
/* harmony export */   sm: () => (/* binding */ hasTooManyTokens)
/* harmony export */ });
/**
 * Counts a text's tokens, so that a text which would keep the parser busy for seconds is refused before it is parsed.
 * Pure. It reads text as PostgreSQL's scanner does (scan.l, standard_conforming_strings on); being wrong would cost
 * time, never safety: what a command does is only ever taken from the parser. (plpgsql.ts reads with it where the
 * parser leaves something out; what it cuts out is parsed, and unclassified if that fails.)
 */

/** Tokens of one SQL text: time and memory of parsing grow with them, not with the length of literals. */
const SQL_TOKENS_MAX = 300_000;

function hasTooManyTokens(text        )          {
  if (text.length <= SQL_TOKENS_MAX) return false;
  let tokens = 0;
  for (let at = 0; at < text.length;) {
    const end = endOfToken(text, at);
    if (text.charCodeAt(at) > SPACE) tokens++;
    if (tokens > SQL_TOKENS_MAX) return true;
    at = end;
  }
  return false;
}

/** Where the token, comment or run of spaces that starts at `at` ends. */
function endOfToken(text        , at        )         {
  const first = text[at] ?? "";
  const second = text[at + 1];
  if (first === "'" || first === '"') return after(text, first, at + 1);
  if ((first === "e" || first === "E") && second === "'") return endOfEscapeString(text, at + 2);
  if (first === "-" && second === "-") return after(text, "\n", at + 2);
  if (first === "/" && second === "*") return endOfComment(text, at + 2);
  if (first === "$") {
    DOLLAR_QUOTE.lastIndex = at;
    const quote = DOLLAR_QUOTE.exec(text)?.[0];
    if (quote !== undefined) return after(text, quote, at + quote.length);
  }
  WORD.lastIndex = at;
  return WORD.test(text) ? WORD.lastIndex : at + 1;
}

function after(text        , mark        , from        )         {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found + mark.length;
}

function endOfEscapeString(text        , from        )         {
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === "\\") at++;
    else if (character === "'") return at + 1;
  }
  return text.length;
}

function endOfComment(text        , from        )         {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "*" && text[at + 1] === "/") {
      at++;
      if (--depth === 0) return at + 1;
    } else if (text[at] === "/" && text[at + 1] === "*") {
      at++;
      depth++;
    }
  }
  return text.length;
}

const SPACE = 0x20;
const WORD = /[A-Za-z0-9_$.\u0080-\uffff]+|[ \t\n\r\f\v]+/y;
const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;


/***/ }),

/***/ 86897:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   P$: () => (/* binding */ strings),
/* harmony export */   Uj: () => (/* binding */ isPlace),
/* harmony export */   Vm: () => (/* binding */ word),
/* harmony export */   b6: () => (/* binding */ textOf),
/* harmony export */   eB: () => (/* binding */ asObject),
/* harmony export */   j6: () => (/* binding */ only),
/* harmony export */   p_: () => (/* binding */ list)
/* harmony export */ });
/** Reading parse-tree JSON without trusting its shape. Pure. */
                                                    

/** The value as an object; anything else gives an empty one. */
function asObject(json                  )             {
  return typeof json === "object" && json !== null && !Array.isArray(json) ? (json              ) : EMPTY;
}

/** The value as a list; anything else gives an empty one. */
function list(json                  )                  {
  return Array.isArray(json) ? (json                   ) : [];
}

/** A wrapped node's type and content: `{"A_Const": {…}}`. An empty or odd one gives the type "". */
function only(json                  )                                {
  const object = asObject(json);
  const keys = Object.keys(object);
  const type = keys[0];
  return keys.length === 1 && type !== undefined ? [type, asObject(object[type])] : ["", EMPTY];
}

/** The texts of the String nodes in a list of names; other nodes (`*`) are left out. */
function strings(json                  )                    {
  const found           = [];
  for (const item of list(json)) {
    const text = asObject(item)["String"];
    if (text !== undefined) found.push(textOf(asObject(text)["sval"]) ?? "");
  }
  return found;
}

/** An enumeration's word; anything else gives "". */
function word(json                  )         {
  return typeof json === "string" ? json : "";
}

function textOf(json                  )                     {
  return typeof json === "string" ? json : undefined;
}

/** Does a field of this name hold a place in the text, and no meaning? */
function isPlace(field        )          {
  return field === "location" || PLACES.test(field);
}

const PLACES = /^(?:rexpr_)?list_(?:start|end)$|_location$/;
const EMPTY             = Object.freeze({});


/***/ })

};
