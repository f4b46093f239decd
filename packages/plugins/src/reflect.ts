// tsyringe asks for the Reflect metadata API when it is loaded. This is the one place that brings it in.
import 'reflect-metadata'
